"""The base form: what is optional, what messages say, where the summary leads."""

from __future__ import annotations

from typing import ClassVar

import pytest
from django import forms
from django.utils import translation

from crm_site.forms import FORM_TOKEN_LENGTH, CrmForm
from crm_site.models import Team


class Sample(CrmForm):
    one_time = True
    versioned = True
    subject = forms.CharField(min_length=3, max_length=5)
    share = forms.ChoiceField(label="Share (%)", choices=[("1", "One"), ("2", "Two")], widget=forms.RadioSelect)
    wish = forms.CharField(required=False)
    when = forms.DateField(error_messages={"invalid": "Say when."})
    count = forms.IntegerField(min_value=2)
    agreed = forms.BooleanField(required=False)

    good: ClassVar[dict[str, str]] = {
        "subject": "abcd",
        "share": "1",
        "when": "2025-10-14",
        "count": "2",
        "version": "1",
    }


def messages(**changes: str) -> dict[str, str]:
    with translation.override("en"):
        form = Sample({**Sample.good, **changes})
        return {name: str(errors[0]) for name, errors in form.errors.items()}


@pytest.mark.parametrize(
    ("changes", "field", "text"),
    [
        ({"subject": ""}, "subject", "Fill in “Subject”."),
        ({"subject": "ab"}, "subject", "Write at least 3 characters in “Subject”."),
        ({"subject": "abcdef"}, "subject", "Shorten “Subject” to 5 characters; it has 6."),
        ({"share": ""}, "share", "Choose an option for “Share (%)”."),
        ({"share": "9"}, "share", "Choose one of the options listed for “Share (%)”."),
        ({"when": "14.10."}, "when", "Say when."),
        ({"count": "x"}, "count", "Enter a whole number for “Count”."),
        ({"count": "1"}, "count", "Enter 2 or more for “Count”."),
    ],
)
def test_every_message_says_what_to_do(changes: dict[str, str], field: str, text: str) -> None:
    assert messages(**changes) == {field: text}


def test_good_input_has_no_messages() -> None:
    assert messages() == {}


def test_only_the_optional_is_marked_and_nothing_is_left_to_the_browser() -> None:
    with translation.override("en"):
        form = Sample()
        html = form.as_p()
    assert 'Wish <span class="opt">(optional)</span>' in html
    assert html.count("(optional)") == 1
    assert " required" not in html


@pytest.mark.django_db
def test_an_empty_choice_is_said_in_words_unless_the_form_has_its_own() -> None:
    class Chosen(CrmForm):
        plain = forms.ModelChoiceField(queryset=Team.objects.all(), required=False)
        own = forms.ModelChoiceField(queryset=Team.objects.all(), required=False, empty_label="Nobody")

    with translation.override("en"):
        html = Chosen().as_p()
    assert ">Choose …<" in html
    assert ">Nobody<" in html
    assert "---" not in html


def test_a_label_is_escaped_before_it_is_marked() -> None:
    class Odd(CrmForm):
        field = forms.CharField(label="<b>x</b>", required=False)

    assert "&lt;b&gt;x&lt;/b&gt;" in str(Odd().fields["field"].label)


def test_the_summary_follows_the_fields_and_leads_to_controls_that_exist() -> None:
    with translation.override("en"):
        form = Sample({"version": "1"})
        form.add_error(None, "Not today.")
        html = form.as_p()
        targets = [target for target, _message in form.summary]
    assert targets == ["errsum", "id_subject", "id_share_0", "id_when", "id_count"]
    assert all(f'id="{target}"' in html for target in targets[1:])


def test_a_new_form_carries_a_fresh_token_and_a_refused_one_keeps_its_own() -> None:
    first, second = (str(Sample()["form_token"].value()) for _ in range(2))
    assert first != second
    assert len(first) == FORM_TOKEN_LENGTH
    assert Sample({"form_token": first})["form_token"].value() == first


def test_a_versioned_form_refuses_to_forget_its_version() -> None:
    assert "version" in Sample({**Sample.good, "version": ""}).errors
    assert Sample(initial={"version": 7})["version"].value() == 7
