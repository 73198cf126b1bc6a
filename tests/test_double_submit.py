"""Every form that creates something, sent twice in the same moment and once again: one object (reliability FI-09)."""

from __future__ import annotations

import datetime
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, models
from django.test import Client
from django.urls import get_resolver, reverse

from analytics.actions import segments
from analytics.forms.rfm_rules import RfmRulesForm
from analytics.models import ClassRules, ScoringModel, Segment, SegmentVersion, SuggestionAnswer, SuggestionModel
from analytics.tests.test_suggested import known
from complaints.models import Attachment, Batch, Comment, Complaint, Improvement, RecalcBatch
from complaints.tests import scenes
from crm_site import form_tokens
from crm_site.actions import calendar
from crm_site.forms import CrmForm, CrmModelForm
from crm_site.models import User
from crm_site.tests.factories import TeamFactory, UserFactory
from customers.models import ClassOverride, Consent, Customer, FollowUp, Interaction, Need
from customers.tests.factories import CustomerFactory, mobile

TIMES = int(os.environ.get("CRMIS_DOUBLE_SUBMITS", "20"))
SETTLES = frozenset(
    {
        "SettleForm",
        "EditCustomerForm",
        "KeepForm",
        "SettleNeedForm",
        "_StepForm",
        "StepLaterForm",
        "StepUnsuitableForm",
        "SampleForm",
    }
)
"""Forms that press once but change what is there; the gallery's sample makes nothing."""
BROUGHT_BY_CODE = frozenset({"MoreWordsForm"})
"""Sent from a page that a one-time code opens: complaints/tests/test_public_matter.py presses it twice."""
Fields = dict[str, Any]
Made = tuple[str, Callable[[int], Fields], models.QuerySet[Any]]
"""Where it is sent, what the nth one says, and what it makes."""


def _prefixed(prefix: str, fields: Fields) -> Callable[[int], Fields]:
    return lambda n: {f"{prefix}-{name}": value for name, value in fields.items()}


def _complaint(user: User) -> Made:
    customer = CustomerFactory().customer_no
    said = {"customer": customer, "relation": "SELF", "nature": "COMPLAINT", "channel": "PHONE", "source": "DIRECT"}
    said |= {"received_at": "2025-09-26 09:30", "subject": "Fee charged twice", "content": "每笔转账都扣了两次手续费。"}
    return reverse("complaints:new"), lambda n: said, Complaint.objects.all()


def _customer(user: User) -> Made:
    said = {"kind": "INDIVIDUAL", "full_name": "周明远", "status": "PROSPECT", "sex": "0", "nationality": "CHN"}
    said |= {"language": "zh-hans", "document_type": "RESIDENT_ID"}
    return reverse("customers:new"), lambda n: said | {"mobile": mobile(n)}, Customer.objects.all()


def _log(user: User) -> Made:
    said = {"way": "PHONE:OUT", "topic": "PROGRESS", "note": "Told her.", "outcome": "RESOLVED"}
    return reverse("customers:log", args=[CustomerFactory().customer_no]), lambda n: said, Interaction.objects.all()


def _unknown(user: User) -> Made:
    _address, said, made = _log(user)
    return reverse("customers:unknown_caller"), lambda n: said(n) | {"outcome": "NOTED"}, made


def _promise(user: User) -> Made:
    said = {"kind": "CALLBACK", "title": "Say when the card comes", "due_on": "2025-09-29", "due_time": ""}
    address = reverse("customers:followup_new", args=[CustomerFactory().customer_no])
    return address, _prefixed("promise", said), FollowUp.objects.all()


def _consent(user: User) -> Made:
    said = {"purpose": "MARKETING", "channel": "SMS", "act": "GRANT", "evidence": "FORM", "evidence_ref": "F-1"}
    address = reverse("customers:consent", args=[CustomerFactory().customer_no])
    return address, _prefixed("consent", said), Consent.objects.all()


def _need(user: User) -> Made:
    said = {"family": "WEALTH", "basis": "STATED", "strength": "4"}
    address = reverse("customers:need", args=[CustomerFactory().customer_no])
    return address, _prefixed("need", said), Need.objects.all()


def _comment(user: User) -> Made:
    address = reverse("complaints:comment", args=[scenes.received(user).number])
    return address, lambda n: {"text": f"客户愿意等到周四 {n}"}, Comment.objects.all()


def _attach(user: User) -> Made:
    def said(n: int) -> Fields:
        return {"file": SimpleUploadedFile(f"{n}.txt", f"Letter {n}".encode()), "note": "Letter"}

    return reverse("complaints:attach", args=[scenes.received(user).number]), said, Attachment.objects.all()


def _assign(user: User) -> Made:
    clerk = UserFactory(role="handler", team=user.team)
    rows = [scenes.received(user).number]

    def said(n: int) -> Fields:
        to = (user, clerk)[n % 2].employee_no
        return {"row": rows, "list": "view=open", "go": "1", "to": to, "reason": "Load"}

    return reverse("complaints:bulk", args=["assign"]), said, Batch.objects.all()


def _recalculation(user: User) -> Made:
    scenes.assessed(scenes.handler())
    calendar.set_day(by=user, date=datetime.date(2025, 9, 29), is_working=False, kind="HOLIDAY", name="Typhoon")
    said = {"scope": "ALL", "rule_set": "", "first": "", "last": "", "reason": "台风停业一天"}
    return reverse("complaints:recalculation_new"), lambda n: said, RecalcBatch.objects.all()


def _improvement(user: User) -> Made:
    said = {"cause": "FEES", "change": "入账前先查重。"}
    address = reverse("complaints:improvement_new")
    return address, lambda n: said | {"title": f"清算报文查重 {n}"}, Improvement.objects.all()


def _brought(user: User) -> Made:
    said = {"relation": "SELF", "name": "李伟", "nature": "COMPLAINT", "business": "CARD", "consent": "on"}
    said |= {"content": "我的卡被收了两次年费。", "wish": "请退回一次", "website": ""}
    address = reverse("complaints:complain")
    return address, lambda n: said | {"contact": f"138 0013 {8000 + n}"}, Complaint.objects.all()


_BOXES = {"box": "0", "how.0": "all", "row.0": "0", "field.0.0": "grade", "op.0.0": "in", "act": "save"}


def _segment(user: User) -> Made:
    said = _BOXES | {"name": "Best", "kind": "INCLUDE", "shared": "on", "value.0.0": "A"}
    return reverse("analytics:segment_new"), lambda n: said, Segment.objects.all()


def _segment_rules(user: User) -> Made:
    first = {"how": "all", "parts": [{"field": "open_complaint", "op": "yes"}]}
    segment = segments.create(by=user, name="Best", rules=first)

    def said(n: int) -> Fields:
        return _BOXES | {"version": n + 1, "value.0.0": "AB"[n % 2], "note": ""}

    return reverse("analytics:segment_rules", args=[segment.number]), said, SegmentVersion.objects.all()


def _class_rules(user: User) -> Made:
    limits = {"preset": "", "middle": "36", "senior": "60", "suitability": "65", "oldest": "130", "note": "Why"}
    address = reverse("analytics:class_rules_new", args=["AGE"])
    return address, lambda n: limits | {"young": ("15", "18")[n % 2]}, ClassRules.objects.filter(dimension="AGE")


def _rfm_rules(user: User) -> Made:
    form = RfmRulesForm()
    shown = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    address = reverse("analytics:class_rules_new", args=["RFM"])
    months = ("6", "12")
    return (
        address,
        lambda n: shown | {"window_months": months[n % 2], "note": "Why"},
        ClassRules.objects.filter(dimension="RFM"),
    )


def _model(user: User) -> Made:
    return reverse("analytics:model_new"), lambda n: {"begin": "1"}, ScoringModel.objects.all()


def _override(user: User) -> Made:
    said = {"code": "asset_class:HIGH", "reason": "Known to the branch", "expires_on": "2026-03-01"}
    address = reverse("customers:override", args=[CustomerFactory().customer_no])
    return address, _prefixed("override", said), ClassOverride.objects.all()


def _training(user: User) -> Made:
    said = {"kind": "LEAVING", "note": "First"}
    return reverse("analytics:suggestion_model_new"), lambda n: said, SuggestionModel.objects.all()


def _suggested(user: User) -> Made:
    customer = known(risk=1)
    said = {"kind": "LEAVING", "target": "LEAVING", "judge": "rule", "answer": "ACCEPTED", "reason": ""}
    address = reverse("analytics:suggested_answer", args=[customer.customer_no])
    return address, lambda n: said, SuggestionAnswer.objects.all()


CREATES: Mapping[str, tuple[str, Callable[[User], Made], int]] = {
    "ComplaintForm": ("agent", _complaint, max(TIMES, 200)),
    "NewCustomerForm": ("agent", _customer, TIMES),
    "LogForm": ("agent", _log, TIMES),
    "UnknownCallerForm": ("agent", _unknown, TIMES),
    "FollowUpForm": ("agent", _promise, TIMES),
    "ConsentForm": ("agent", _consent, TIMES),
    "NeedForm": ("agent", _need, TIMES),
    "CommentForm": ("handler", _comment, TIMES),
    "AttachForm": ("handler", _attach, min(TIMES, 15)),  # a complaint's shelf holds twenty
    "BulkForm": ("senior", _assign, TIMES),
    "ProposeForm": ("supervisor", _recalculation, TIMES),
    "ProposeImprovementForm": ("supervisor", _improvement, TIMES),
    "NewSegmentForm": ("analyst", _segment, TIMES),
    "SegmentRulesForm": ("analyst", _segment_rules, TIMES),
    "SuggestionAnswerForm": ("agent", _suggested, 1),  # a suggestion is answered once
    "AskTrainingForm": ("analyst", _training, 1),  # one version of a kind waits
    "RulesForm": ("analyst", _class_rules, TIMES),
    "RfmRulesForm": ("analyst", _rfm_rules, TIMES),
    "NewVersionForm": ("analyst", _model, TIMES),
    "OverrideForm": ("senior", _override, 1),  # a class is set by hand once at a time
    "ComplainForm": ("agent", _brought, min(TIMES, 5)),  # an address may send twenty times an hour
}
"""Role, scene and how often. A new form that creates something stands here, or the first test fails."""


def _one_time() -> Iterator[str]:
    """Every form of ours that carries a one-time token."""
    assert get_resolver().url_patterns  # every view, and so every form, has been read in
    waiting: list[type[Any]] = [CrmForm, CrmModelForm]
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.one_time and ".tests" not in form.__module__:
            yield form.__name__


def test_every_form_with_a_one_time_token_is_named_here() -> None:
    assert set(_one_time()) == set(CREATES) | SETTLES | BROUGHT_BY_CODE


def _press(client: Client, address: str, fields: Fields, answers: list[str]) -> None:
    try:
        answer = client.post(address, fields)
        answers.append(answer.get("Location") or f"{answer.status_code}")
    finally:
        connection.close()


@pytest.mark.together
@pytest.mark.faults
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("form", CREATES)
def test_two_presses_in_one_moment_and_one_more_make_one_object(
    form: str, now: object, client_for: Callable[..., Client]
) -> None:
    role, scene, times = CREATES[form]
    user = UserFactory(role=role, team=TeamFactory(purpose="COMPLAINT"))
    clients = [client_for(user) for _press in range(2)]
    address, said, made = scene(user)
    before = made.count()
    for n in range(times):
        token = form_tokens.issue()
        answers: list[str] = []
        prefix, dash, _name = next(iter(said(n))).partition("-")
        name = f"{prefix}-form_token" if dash else "form_token"
        presses = [
            threading.Thread(target=_press, args=(client, address, said(n) | {name: token}, answers))
            for client in clients
        ]
        for press in presses:
            press.start()
        for press in presses:
            press.join()
        again = clients[0].post(address, said(n) | {name: token})
        # on a machine that is very slow a press may be told to wait; it is led to the first object when pressed again
        assert {answer for answer in answers if answer != "422"} == {again.get("Location")}, answers
        assert made.count() - before == n + 1
    print(f"FI-09 {form}: {times} objects of {3 * times} posts")
