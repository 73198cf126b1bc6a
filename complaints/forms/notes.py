"""What a browser sends with a comment and with a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints import colleagues
from complaints.forms import choices
from complaints.models import Complaint
from complaints.models.attachment import NOTE_LENGTH
from complaints.models.comment import LONGEST
from crm_site import uploads
from crm_site.forms import CrmForm
from crm_site.models import User


class CommentForm(CrmForm):
    """A remark for colleagues."""

    one_time = True
    text = choices.words(
        _("Comment"),
        max_length=LONGEST,
        help_text=_("Internal; it never reaches a message to the customer. Write @ and a name to call somebody."),
    )
    mentioned = forms.ModelMultipleChoiceField(
        label=_("Call the attention of"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, complaint: Complaint, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["mentioned"]
        assert isinstance(field, forms.ModelMultipleChoiceField)  # noqa: S101 - declared above
        field.queryset = colleagues.of(complaint).exclude(pk=user.pk).select_related("team")


class AttachForm(CrmForm):
    """A file with a word on what it shows."""

    one_time = True
    file = forms.FileField(
        label=_("File"),
        max_length=uploads.NAME_LENGTH * 2,
        help_text=_("PDF, JPEG, PNG, text, Word or Excel, at most 5 MB."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(f".{kind}" for kind in (*uploads.KINDS, "jpeg"))}),
    )
    note = forms.CharField(label=_("What it shows"), required=False, max_length=NOTE_LENGTH)
