"""A house with somebody in every room: what the walk visits, and what its forms send."""

from __future__ import annotations

import datetime
import json
from typing import Any

from django.utils import timezone

from campaigns.actions import surveys
from campaigns.models import Question, Survey
from complaints.actions import seats
from complaints.models import ActionItem, Complaint, Milestone, Payment
from complaints.sla import Level
from complaints.tests import scenes
from crm_site.encryption import encrypt
from crm_site.models import Team, User
from crm_site.tests.factories import DepartmentFactory, JobRunFactory, TeamFactory, UserFactory
from customers.models import Customer, FollowUp, Message
from customers.tests.factories import (
    ContactPointFactory,
    CustomerFactory,
    FollowUpFactory,
    HoldingFactory,
    InteractionFactory,
    NeedFactory,
    PublishedRunFactory,
    StandingFactory,
    mobile,
    resident_id,
)
from customers.views import next_step, overview
from tests import house_classes, house_more, house_segments
from tests.walk import Sample

# Doors of the sign-in library whose answer hangs on what the person has set up.
MY_NOTICE = [Sample({"pk": 0}, also=frozenset({404}))]  # whose it is, its own tests ask
NOT_SET_UP = [Sample(also=frozenset({404}))]
GROUND = {
    "drafts": [Sample({"key": "a:b"}, data={"subject": "x"}, also=frozenset({404}))],
    "notices_read": MY_NOTICE,
    "notices_acknowledge": MY_NOTICE,
    "mfa_deactivate_totp": NOT_SET_UP,
    "mfa_view_recovery_codes": NOT_SET_UP,
    "mfa_download_recovery_codes": NOT_SET_UP,
}
BORN = (datetime.date(1931, 2, 3), datetime.date(1932, 3, 4), datetime.date(1933, 4, 5))
NAMES = ("欧阳璇玑", "司徒璇玑", "慕容璇玑")
TOKEN = "w" * 43


class House:
    """Two teams, a customer of each, a third who is restricted, and their complaints in every state."""

    def __init__(self) -> None:
        self.markers: set[str] = set()
        self.ours, self.theirs = (TeamFactory(purpose=Team.Purpose.COMPLAINT) for _n in range(2))
        self.mine = scenes.handler(self.ours)
        self.other = scenes.handler(self.theirs)
        self.own = self._customer(0, self.ours)
        self.elsewhere = self._customer(1, self.theirs)
        self.restricted = self._customer(2, self.theirs, restricted=True)
        self.department = scenes.department()
        PublishedRunFactory()
        JobRunFactory()

    def _customer(self, n: int, team: Team, **fields: Any) -> Customer:
        born, email, account = BORN[n], f"canary{n}@walk.example", f"622588{n}31415926{n}"
        phone, document = mobile(27182818 + n), resident_id(11 + n, born=born)
        made = CustomerFactory(full_name=NAMES[n], birth_date=born, phone=phone, document=document, **fields)
        ContactPointFactory(customer=made, type="EMAIL", value=email)
        HoldingFactory(customer=made, account_no=account, balance=128_640_000)
        FollowUpFactory(customer=made, owner=UserFactory(team=team))
        InteractionFactory(customer=made)
        NeedFactory(customer=made)
        StandingFactory(customer=made)
        national = phone.removeprefix("+86")
        self.markers |= {document, national, f"{national[:3]} {national[3:7]} {national[7:]}", email, account}
        self.markers |= {f"{born:%Y-%m-%d}", f"{born.year}年{born.month}月{born.day}日", f"{born:%d.%m.%Y}"}
        self.markers |= {f"{born.day} {born:%B} {born.year}", f"{born:%b}. {born.day}, {born.year}"}
        self.markers |= {f"{born:%B} {born.day}, {born.year}", f"{born:%Y/%m/%d}"}
        return made

    def scopes(self) -> list[tuple[str, User, Customer]]:
        """Scope, who works on it, the customer."""
        return [
            ("own", self.mine, self.own),
            ("elsewhere", self.other, self.elsewhere),
            ("restricted", self.other, self.restricted),
        ]

    def samples(self, agent: User) -> dict[str, list[Sample]]:
        """Samples for every address of the four apps."""
        found = GROUND | self._customers(agent) | self._complaints() | self._surveys() | self._lists() | self._books()
        found |= (
            house_classes.samples()
            | house_classes.suggestion_models()
            | house_classes.overrides(self.scopes())
            | house_segments.samples()
        )
        return found | self._steps()  # what is suggested hangs on all of these

    def _lists(self) -> dict[str, list[Sample]]:
        token, contact = {"form_token": TOKEN}, {"way": "PHONE:IN", "topic": "ENQUIRY", "note": "x"}
        filed = {"kind": "INDIVIDUAL", "full_name": "周明远", "status": "PROSPECT", "sex": "0", "nationality": "CHN"}
        filed |= {"language": "zh-hans", "document_type": "RESIDENT_ID", "mobile": "139 0000 9999"}
        intake = {"relation": "SELF", "nature": "COMPLAINT", "channel": "PHONE", "received_at": "2025-09-26 09:30"}
        intake |= {"subject": "Fee", "content": "Twice", "source": "DIRECT", "customer": self.own.customer_no}
        brought = {"relation": "SELF", "name": "周明远", "contact": "139 0000 9999", "nature": "COMPLAINT"}
        brought |= {"business": "CARD", "content": "Twice charged", "consent": "on"}
        posts: dict[str, dict[str, str]] = {
            "customers:list": {},
            "customers:lookup": {"q": "2818"},
            "customers:new": filed | token,
            "customers:unknown_caller": contact | {"outcome": "RESOLVED"} | token,
            "customers:followups": {},
            "complaints:list": {},
            "complaints:filter": {},
            "complaints:wall": {},
            "complaints:exports": {},
            "complaints:view_new": {"name": "Mine"},
            "complaints:new": intake | token,
            "complaints:due_preview": intake | {"level": "MODERATE"},
            "complaints:complain": brought | token,
            "complaints:complain_received": {},
            "complaints:status": {"number": "TS-19990101-0001", "code": "AAAA-AAAA"},
            "complaints:status_code": {"number": self.mine.owns.first().number},
            "complaints:matter": {},
            "complaints:leave": {},
            "campaigns:surveys": {},
            "campaigns:thanks": {},
            "analytics:dashboard": {},
        }
        taken = Sample(data={"file_format": "csv", "purpose": "HANDLING"}, query="view=open")
        return {name: [Sample(data=data)] for name, data in posts.items()} | {"complaints:export": [taken]}

    def _customers(self, agent: User) -> dict[str, list[Sample]]:
        samples: dict[str, list[Sample]] = {}
        nobody, nowhere = {"number": "C-1999-000000"}, {"customer_no": "C-1999-000000"}
        for scope, _by, customer in self.scopes():
            number = {"number": customer.customer_no}
            for name, data in _customer_posts(customer).items():
                samples.setdefault(f"customers:{name}", []).append(Sample(number, scope, data))
            talk = encrypt(str(InteractionFactory(customer=customer, agent=agent).pk), place="customers.undo")
            samples.setdefault("customers:undo", []).append(Sample(number | {"token": talk}, scope))
            promise = FollowUp.objects.get(customer=customer, kind=FollowUp.Kind.CALLBACK)
            kept = {"act": "keep", "outcome": "Reached", "version": str(promise.version), "form_token": TOKEN}
            samples.setdefault("customers:followup_keep", []).append(Sample({"ref": promise.ref}, scope, kept))
            value = Sample({"customer_no": customer.customer_no}, scope)
            samples.setdefault("analytics:value", []).append(value)
            samples.setdefault("analytics:suggested", []).append(value)
            samples.setdefault("analytics:suggested_answer", []).append(house_classes.decided(customer, scope))
        missing = {name: nobody for name in samples} | {
            "customers:undo": nobody | {"token": "nothing"},
            "customers:followup_keep": {"ref": "nothing"},
            **dict.fromkeys(("analytics:value", "analytics:suggested", "analytics:suggested_answer"), nowhere),
        }
        return {name: [*rows, Sample(missing[name], "missing")] for name, rows in samples.items()}

    def _steps(self) -> dict[str, list[Sample]]:
        """Answers to what is suggested on each customer's page."""
        samples: dict[str, list[Sample]] = {"customers:step_later": [], "customers:step_unsuitable": []}
        for scope, by, customer in self.scopes():
            number, step = {"number": customer.customer_no}, _step(customer, by)
            for form, more in (("later", {"answer": "put_off", "day": "2025-10-09"}), ("unsuitable", {"reason": "No"})):
                data = {f"{form}-{name}": value for name, value in (step | more).items()}
                samples[f"customers:step_{form}"].append(Sample(number, scope, data))
        return {name: [*rows, Sample({"number": "C-1999-000000"}, "missing")] for name, rows in samples.items()}

    def _complaints(self) -> dict[str, list[Sample]]:
        samples: dict[str, list[Sample]] = {}
        for scope, by, customer in self.scopes():
            for verb, complaint in (_stages(by, customer) | house_more.stages(by, customer)).items():
                data = _step_data(verb, complaint, self.department.pk)
                sample = Sample({"number": complaint.number}, scope, data)
                samples.setdefault(f"complaints:{verb}", []).append(sample)
                about = {"about_kind": "complaint", "about_no": complaint.number}
                FollowUpFactory(customer=None, owner=by, kind="OTHER", **about)
        missing = Sample({"number": "TS-19990101-0001"}, "missing")
        return {name: [*rows, missing] for name, rows in samples.items()} | _many(
            samples["complaints:assign"], self.mine
        )

    def _books(self) -> dict[str, list[Sample]]:
        scopes = self.scopes()
        return house_more.books(
            {scope: by for scope, by, _of in scopes}, {scope: customer for scope, _by, customer in scopes}
        )

    def _surveys(self) -> dict[str, list[Sample]]:
        """An invitation that is open, and one that never was."""
        survey, _new = Survey.objects.get_or_create(
            code=surveys.SURVEY_CODE, version=1, defaults={"type": "COMPLAINT", "state": "OPEN"}
        )
        for order, kind in enumerate(("CSAT5", "SOLVED", "TEXT"), start=1):
            Question.objects.get_or_create(survey=survey, order=order, defaults={"kind": kind, "text": f"Q{order}"})
        respondent = scenes.closed(self.mine, Level.MINOR).customer
        surveys.invite_closed_rounds(now=timezone.now())
        messages = Message.objects.filter(template="survey_invitation", customer=respondent)
        token = json.loads(messages.get().values)["link"].rstrip("/").rsplit("/", 1)[1]
        asked = survey.questions.order_by("order")
        marks = {f"q{question.pk}": value for question, value in zip(asked, ("5", "1", "Good"), strict=True)}
        return {"campaigns:answer": [Sample({"token": token}, "own", marks), Sample({"token": "none"}, "missing")]}


def _customer_posts(customer: Customer) -> dict[str, dict[str, str]]:
    """What a browser sends to each address of this customer."""
    same = ("full_name", "status", "sex", "nationality", "language", "occupation", "region_code", "version")
    record = {name: str(getattr(customer, name)) for name in same}
    promised = {"promise-kind": "CALLBACK", "promise-title": "Call", "promise-due_on": "2025-10-09"}
    need = customer.needs.get()
    agreed = {"purpose": "MARKETING", "channel": "ALL", "act": "GRANT", "evidence": "FORM", "evidence_ref": "F-1"}
    return {
        "detail": {},
        "edit": record | {"document_type": "RESIDENT_ID", "employer": "Mill", "form_token": TOKEN},
        "reveal": {"field": "document", "purpose": "VERIFY"},
        "log": {"way": "PHONE:IN", "topic": "ENQUIRY", "note": "x", "outcome": "RESOLVED", "form_token": TOKEN},
        "preference": {"preference-best_time": "Weekdays"},
        "need": {"need-family": "WEALTH", "need-basis": "STATED", "need-strength": "3", "need-form_token": TOKEN},
        "need_settle": {"need": str(need.pk), "status": "MET", "how": "Bought", "form_token": TOKEN},
        "consent": {f"consent-{name}": value for name, value in agreed.items()} | {"consent-form_token": TOKEN},
        "followup_new": promised | {"promise-form_token": TOKEN},
    }


def _step(customer: Customer, by: User) -> dict[str, str]:
    """The suggestion on this customer's page, as its form sends it."""
    head, coming, now = overview.header(customer, by, None), overview.future(customer), overview.present(customer)
    found = next_step.found(customer, coming, now, head, [])
    return {"step": found.step, "grounds": found.grounds, "form_token": TOKEN}


def _stages(by: User, customer: Customer) -> dict[str, Complaint]:
    """A complaint for each step, where that step comes next."""
    said: dict[str, Any] = {"customer": customer}
    planned, sent = scenes.planned(by, **said), scenes.sent(scenes.handler(by.team), scenes.in_work(by, **said))
    in_work, fed_back = scenes.in_work(by, **said), scenes.fed_back(by, **said)
    fresh, assessed = scenes.received(by, **said), scenes.assessed(by, **said)
    return {
        "detail": in_work,
        "print": in_work,
        "presence": in_work,
        "receipt": in_work,
        "letter": fed_back,
        "claim": scenes.received(by, owner=None, **said),
        "classify": scenes.received(by, nature="UNCLASSIFIED", **said),
        "assess": fresh,
        "resolve": fresh,
        "refer_out": fresh,
        "record_authority": scenes.spoken_for(by, **said),
        "accept_referral": scenes.referred(by, **said),
        "start_work": assessed,
        "progress": in_work,
        "feed_back": planned,
        "change_level": in_work,
        "assign": in_work,
        "withdraw": in_work,
        "pause": in_work,
        "write_plan": in_work,
        "submit_plan": scenes.drafted(by, scenes.in_work(by, **said)),
        "approve_plan": sent,
        "return_plan": sent,
        "revise_plan": planned,
        "consent_redress": sent,
        "refuse_redress": sent,
        "pay_redress": planned,
        "complete_action": planned,
        "invite": in_work,
        "answer": in_work,
        "bounce": in_work,
        "sign_pause": _standing_still(by, customer),
        "resume": _standing_still(by, customer),
        "satisfaction": fed_back,
        "close": scenes.asked(by, scenes.fed_back(by, **said)),
        "reopen": scenes.closed(by, **said),
        "explain_late": scenes.late(by, **said),
        "ask_review": scenes.closed(by, Level.MINOR, **said),
        "confirm_result": scenes.in_review(by, Level.MINOR, **said),
        "grant_review": scenes.in_review(by, Level.MINOR, **said),
        **_severe(by, customer),
    }


def _severe(by: User, customer: Customer) -> dict[str, Complaint]:
    """Steps of a task force: before it is formed, when its members are asked, when they sit and promised something."""
    fresh = scenes.invited(by, scenes.assessed(by, Level.SEVERE, customer=customer))
    asked = scenes.formed(by, scenes.invited(by, scenes.assessed(by, Level.SEVERE, customer=customer)))
    sitting = scenes.milestone(by, scenes.in_work(by, Level.SEVERE, customer=customer))
    return {
        **dict.fromkeys(("propose_force", "form_force"), fresh),
        **dict.fromkeys(("accept_seat", "decline_seat"), asked),
        **dict.fromkeys(("name_lead", "hold_meeting", "set_milestone", "meet_milestone"), sitting),
    }


def _many(given: list[Sample], to: User) -> dict[str, list[Sample]]:
    """Many at once; and what is somebody's own, where the walk finds nothing: its own tests ask whose it is."""
    go = {"list": "view=open", "go": "1", "to": to.employee_no, "form_token": TOKEN}
    picked = [Sample({"action": "assign"}, one.scope, go | {"row": one.kwargs["number"]}) for one in given]
    mine = [
        Sample({"ref": "nothing"}, scope, also=frozenset({404}))
        for scope in ("own", "elsewhere", "restricted", "missing")
    ]
    private = ("batch", "undo", "view_edit", "view_delete", "view_restore", "export_decide", "export_fetch")
    found = {f"complaints:{name}": mine for name in private}
    return found | {"complaints:bulk": [*picked, Sample({"action": "nothing"}, "missing")]}


def _standing_still(by: User, customer: Customer) -> Complaint:
    complaint = scenes.in_work(by, customer=customer)
    return scenes.paused(by, complaint)


def _step_data(verb: str, complaint: Complaint, department: int) -> dict[str, Any]:
    """The form of a step, filled in."""
    told = {"channel": "PHONE", "content": "Refunded 96 yuan.", "decision": "UPHELD", "routes_told": "on"}
    judged = {"cause": "FEES", "core_issue": "Fee", "desired_outcome": "Refund", "people": "1", "departments": "0"}
    judged |= {"rights": "COURTESY", "condition": "CALM", "history": "FIRST", "publicity": "NONE"}
    forms: dict[str, dict[str, Any]] = {
        "classify": {"nature": "COMPLAINT"},
        "assess": judged | {"level": "MINOR", "deviation_reason": "Small"},
        "resolve": told | {"cause": "FEES"},
        "start_work": {"plan": scenes.PLAN, "departments": str(department)},
        "progress": {"channel": "PHONE", "words": "Half done"},
        "feed_back": told | {"reached": "1"},
        "satisfaction": {"channel": "PHONE", "reached": "1", "satisfaction": "5", "accepted": "1"},
        "close": {"outcome": "SATISFIED"},
        "reopen": {"reason": "Again", "channel": "PHONE", "level": Level.SEVERE.value},
        "pause": {
            "why": "WAITING_CUSTOMER",
            "until": "2025-09-29",
            "channel": "PHONE",
            "told": "We wait",
            "reason": "x",
        },
        "resume": {"because": "ARRIVED"},
        "ask_review": {"said": "Still wrong", "channel": "PHONE"},
        "confirm_result": {"channel": "PHONE", "content": "The result stands.", "routes_told": "on"},
        "grant_review": {"reason": "Evidence was missed", "level": Level.MINOR.value},
        "explain_late": {"why": "OVERLOAD", "until": "2025-09-29", "channel": "PHONE", "told": "We answer by then"},
        "invite": {"departments": str(DepartmentFactory(code="LEGAL", kind="LEGAL").pk), "task": "Is it valid?"},
        "write_plan": {"measures": scenes.PLAN, "redress_type": "NONE", "rows": "0"},
        "return_plan": {"reason": "Too little"},
        "revise_plan": {"reason": "IT needs longer"},
        "refuse_redress": {"reason": "Too much"},
        "refer_out": {"target": "Operator", "told_how": "By phone", "reason": "Not ours"},
        "accept_referral": {"who": "Ms Chen"},
        "record_authority": {"authority": "MANDATE", "seen_on": "2025-09-25"},
        "change_level": {"level": Level.SEVERE.value, "reason": "More customers"},
        "assign": {"team": TeamFactory(purpose="COMPLAINT").code, "reason": "Their product"},
        "withdraw": {"reason": "Settled", "read_back": "on"},
    }
    seat, reached = seats.held(complaint).first(), Milestone.objects.owed(complaint).first()
    sits = {"seat": str(seat.pk), "present": str(seat.pk)} if seat else {}
    members = {"rows": "4", "who_0": str(complaint.owner_id), "for_0": "SERVICE", "lead": str(complaint.owner_id)}
    forms |= {"propose_force": members, "form_force": members, "name_lead": sits}
    forms["decline_seat"] = {"reason": "Away for a month"}
    forms["hold_meeting"] = sits | {"held_at": f"{timezone.localtime():%Y-%m-%d %H:%M}", "note": "The logs were read"}
    forms["set_milestone"] = sits | {"text": "The logs are read", "due_on": "2025-09-29"}
    forms["meet_milestone"] = {"milestone": str(reached.pk), "result": "MET"} if reached else {}
    question = complaint.round.participations.waiting().first()
    asked = {"participation": str(question.pk)} if question else {}
    owed = ActionItem.objects.owed(complaint).first()
    forms["complete_action"] = {"item": str(owed.pk), "evidence": "Seen"} if owed else {}
    unpaid = Payment.objects.owed(complaint).first()
    forms["pay_redress"] = {"payment": str(unpaid.pk), "paid": "200", "reference": "CB-7"} if unpaid else {}
    forms |= {"answer": asked | {"text": "It was read."}, "bounce": asked | {"reason": "Not ours"}}
    return (forms | house_more.step_data(complaint)).get(verb, {}) | {"version": str(complaint.version)}
