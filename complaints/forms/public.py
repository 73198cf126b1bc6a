"""What people outside the bank send: a matter of theirs, a code, more words. No scripts are needed for any of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import choices
from complaints.models import Complaint
from crm_site.forms import CrmForm
from customers import identity, reaching
from customers.forbidden import holds_secret

_SAFE = _("No card or account numbers, no passwords, no codes.")


class TrapForm(CrmForm):
    """A field nobody sees: who fills it in is a program."""

    website = forms.CharField(
        label=_("Leave this empty"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    def clean_website(self) -> str:
        """Said plainly, since a browser's own filling-in may have been at it."""
        if self.cleaned_data["website"]:
            raise forms.ValidationError(_("This could not be sent. Leave the hidden field empty and try again."))
        return ""


def _free_of_secrets(text: str) -> str:
    if holds_secret(text):
        raise forms.ValidationError(_("Take out the password, PIN or code. We never need it."))
    return text.strip()


class ComplainForm(TrapForm):
    """Who, how to reach them, what happened, what they want."""

    one_time = True
    relation = choices.radios(
        _("For whom do you write?"),
        [("SELF", _("For myself")), ("AGENT", _("For somebody else, with their authority"))],
        initial="SELF",
    )
    on_behalf_of = forms.CharField(label=_("Name of the person you write for"), required=False, max_length=60)
    authority = forms.BooleanField(label=_("I have this person’s authority and can show it"), required=False)
    name = forms.CharField(label=_("Your name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    contact = forms.CharField(
        label=_("Mobile number or e-mail"),
        max_length=120,
        help_text=_("We answer you here and send you a code to look up your matter."),
    )
    nature = choices.radios(
        _("What is it?"),
        [
            ("COMPLAINT", _("A complaint")),
            ("SUGGESTION", _("A suggestion")),
            ("INQUIRY", _("A question")),
        ],
    )
    business = forms.ChoiceField(label=_("What is it about?"), choices=[*choices.ASK, *Complaint.Business.choices])
    content = choices.words(_("What happened?"), rows=6, help_text=_SAFE)
    wish = choices.words(_("What do you want us to do?"), rows=2, required=False, max_length=500)
    consent = forms.BooleanField(
        label=_("You may use what I write here to deal with my matter and to reach me about it.")
    )
    field_order = ("nature", "business", "content", "wish", "name", "contact", "relation", "on_behalf_of", "authority")

    def clean_contact(self) -> str:
        """Something a message can be sent to, or a phone that can be called."""
        typed = str(self.cleaned_data["contact"]).strip()
        if reaching.address_in(typed) is None:
            try:
                identity.phone(typed)
            except identity.Malformed as wrong:
                text = _("Enter a mobile number or an e-mail address at which we can reach you.")
                raise forms.ValidationError(text) from wrong
        return typed

    def clean_content(self) -> str:
        """Words enough to begin with, and no secret in them."""
        text = _free_of_secrets(str(self.cleaned_data["content"]))
        if len(text) < 5:
            raise forms.ValidationError(_("Write a sentence or two, so that we know what to look into."))
        return text

    def clean_wish(self) -> str:
        """No secret in it."""
        return _free_of_secrets(str(self.cleaned_data["wish"]))

    def clean(self) -> dict[str, Any]:
        """Whoever writes for somebody else names them and says that they may."""
        data = super().clean() or self.cleaned_data
        if data.get("relation") == "AGENT":
            if not data.get("on_behalf_of"):
                self.add_error("on_behalf_of", _("Enter the name of the person you write for."))
            if not data.get("authority"):
                self.add_error("authority", _("Tick this to go on; without authority the person has to write."))
        return data


class LookUpForm(TrapForm):
    """Number and code."""

    number = forms.CharField(
        label=_("Number of your matter"), max_length=40, help_text=_("For example TS-20250926-0018.")
    )
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
        help_text=_("Eight letters and figures; it works once."),
    )


class NewCodeForm(TrapForm):
    """The number only."""

    number = forms.CharField(label=_("Number of your matter"), max_length=40)


class MoreWordsForm(TrapForm):
    """New facts, or why the answer does not satisfy."""

    one_time = True
    act = forms.ChoiceField(choices=[("add", "add"), ("object", "object")], widget=forms.HiddenInput)
    words = choices.words(_("What do you want to add?"), rows=5, help_text=_SAFE)

    def clean_words(self) -> str:
        """No secret in them."""
        return _free_of_secrets(str(self.cleaned_data["words"]))
