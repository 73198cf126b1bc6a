"""The task force: proposed, formed, answered, led, met, its milestones."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from complaints.actions import gate, milestones, proposing, seats, taskforce
from complaints.forms.steps import taskforce as forms
from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from complaints.views.acts.spec import Data, Spec
from crm_site.models import User


def _named(form: StepForm) -> list[taskforce.Named]:
    assert isinstance(form, forms.FormForceForm)  # noqa: S101 - the specs below name it
    return [taskforce.Named(**row) for row in form.members()]


def _propose(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return taskforce.propose(by=by, complaint=complaint, version=data["version"], named=_named(form))


def _form(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return taskforce.form(by=by, complaint=complaint, version=data["version"], named=_named(form))


def _lead(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return taskforce.name_lead(by=by, complaint=complaint, version=data["version"], seat=data["seat"])


def _accept(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return taskforce.accept(by=by, complaint=complaint)


def _decline(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    return taskforce.decline(by=by, complaint=complaint, reason=data["reason"])


def _meeting(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "held_at", "present", "note", "decisions")}
    return milestones.hold_meeting(by=by, complaint=complaint, **said)


def _set(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "text", "seat", "due_on")}
    return milestones.set_milestone(by=by, complaint=complaint, **said)


def _meet(by: User, complaint: Complaint, data: Data, form: StepForm) -> Complaint:
    said = {name: data[name] for name in ("version", "milestone", "result", "note")}
    return milestones.meet(by=by, complaint=complaint, **said)


def _who(complaint: Complaint, user: User) -> Data:
    return {"people": proposing.candidates(complaint), "named": proposing.starting(complaint)}


def _seat(complaint: Complaint, user: User) -> Data:
    return {"seat": seats.own(complaint, user)}


def _asked(complaint: Complaint, user: User) -> Data:
    return {"seats": seats.held(complaint).exclude(asked_at=None).select_related("person", "department")}


def _sitting(complaint: Complaint, user: User) -> Data:
    return {"seats": seats.held(complaint).exclude(accepted_at=None).select_related("person", "department")}


def _owed(complaint: Complaint, user: User) -> Data:
    handles = gate.handles(complaint, user)
    return {"milestones": seats.open_milestones(complaint, user, handles=handles)}


_FORM, _ANSWER = "complaints/complaint_force_form.html", "complaints/complaint_seat_answer.html"
SPECS: dict[str, Spec] = {
    "propose_force": Spec(forms.FormForceForm, _propose, _("The task force is proposed"), _FORM, _who),
    "form_force": Spec(forms.FormForceForm, _form, _("The members are asked"), _FORM, _who),
    "name_lead": Spec(forms.NameLeadForm, _lead, _("The lead is named"), asks=_asked),
    "accept_seat": Spec(forms.SeatForm, _accept, _("You sit in the task force"), _ANSWER, _seat),
    "decline_seat": Spec(forms.DeclineSeatForm, _decline, _("Your seat is given up"), _ANSWER, _seat),
    "hold_meeting": Spec(forms.MeetingForm, _meeting, _("The note is kept"), asks=_sitting),
    "set_milestone": Spec(forms.MilestoneForm, _set, _("The milestone is set"), asks=_sitting),
    "meet_milestone": Spec(forms.MeetMilestoneForm, _meet, _("The milestone is recorded"), asks=_owed),
}
