"""Every address of the house, walked by all thirteen roles and a stranger, with every method and in every scope."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from crm_site import policy
from crm_site.models import AccessRecord, AuditEvent
from crm_site.roles import Role
from crm_site.testing import table_hashes
from tests import walk
from tests.canaries import found_in, logged
from tests.house import NAMES, House
from tests.walk import Sample

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now"), pytest.mark.walk]

PARTS = 4  # walked side by side
APPS = ("customers:", "complaints:", "campaigns:", "analytics:")
FRONT = frozenset({"agent", "senior", "handler", "supervisor"})
HANDLERS = FRONT - {"agent"}
LEADERS = frozenset({"senior", "supervisor"})
REVEALERS = FRONT | {"privacy"}
NAMED = frozenset(  # who reads a customer's name somewhere: those for whom any page about customers opens
    role
    for role in Role.values
    for name in ("customers:detail", "complaints:detail", "customers:followups")
    if policy.TABLE[name].verdict(frozenset({role})) is not policy.Verdict.DENY
)
# Who may take a step on the complaint of its sample (a moderate one, once it is assessed); the rest answer 403.
STEPS = {
    "claim": FRONT,
    "classify": FRONT,
    "assess": FRONT,
    "resolve": FRONT,
    "start_work": HANDLERS,
    "progress": FRONT,
    "feed_back": HANDLERS,
    "satisfaction": FRONT,
    "close": HANDLERS,
    "reopen": HANDLERS,
    "ask_review": FRONT,
    "confirm_result": frozenset({"supervisor"}),
    "grant_review": frozenset({"supervisor"}),
    "change_level": LEADERS,
    "assign": LEADERS,
    "bulk": LEADERS,
    "refer_out": FRONT,
    "record_authority": FRONT,
    "accept_referral": FRONT,
    "withdraw": HANDLERS,
    "write_plan": HANDLERS,
    "submit_plan": HANDLERS,
    "approve_plan": LEADERS,
    "return_plan": LEADERS,
    "revise_plan": HANDLERS,
    "complete_action": HANDLERS,  # the action is its handler's
    "consent_redress": frozenset[str](),  # nobody of the walk is asked
    "refuse_redress": frozenset[str](),
    "pay_redress": HANDLERS - {"supervisor"},  # who granted it
    "pay_redress foreign": frozenset({"supervisor"}),  # who did not
    "invite": HANDLERS,
    "answer": HANDLERS,
    "bounce": frozenset[str](),  # the liaison of the walk is of another department
    "pause": HANDLERS,
    "sign_pause": LEADERS,
    "resume": HANDLERS,
    "explain_late": HANDLERS,
    "set_complexity": LEADERS,
    "come_back": LEADERS,
    "root_cause": HANDLERS,
    "new_facts": FRONT,
    "split": HANDLERS,
    "merge": HANDLERS,
    "unmerge": frozenset[str](),  # only who merged them
    "link": HANDLERS,
    "unlink": HANDLERS,
    "gathering POST": LEADERS,
    "restrict": FRONT,
    "unrestrict": frozenset({"supervisor"}),
    "improvement_step": frozenset({"supervisor"}),
    "summary_acknowledge": frozenset({"supervisor"}),  # of the department; its head is nobody here
    "summary_acknowledge foreign": frozenset[str](),
    "propose_force": HANDLERS,
    "form_force": frozenset({"supervisor"}),
    "name_lead": frozenset({"supervisor"}),
    "accept_seat": frozenset[str](),  # the seats are other people's
    "decline_seat": frozenset[str](),
    "hold_meeting": HANDLERS,
    "set_milestone": HANDLERS,
    "meet_milestone": HANDLERS,
}
# What a visitor may do after a code opened their matter; their own tests go through it.
SITTINGS = {"complaints:status", "complaints:matter", "complaints:leave"}
READING_POSTS = SITTINGS | {
    "customers:lookup",
    "complaints:due_preview",
    "complaints:presence",
    "analytics:segment_preview",
}


@pytest.fixture
def house(now: datetime.datetime) -> House:
    return House()


@pytest.fixture
def browsers(client_for: Callable[..., Client], house: House) -> dict[str, Client]:
    """Everybody in the first team."""
    return {walk.STRANGER: Client(), **{role: client_for(role, team=house.ours) for role in Role.values}}


@pytest.fixture
def samples(house: House, browsers: dict[str, Client]) -> dict[str, list[Sample]]:
    return house.samples(browsers["agent"].user)  # type: ignore[attr-defined]


# --- what the table says, and what only the house knows ------------------------------------------------------------
_plainly = walk.expected


def expected(address: str, role: str, method: str, scope: str = "own") -> frozenset[int]:
    """The table's answer; here every row is known, so a 404 is either owed or wrong."""
    of_customer = address.startswith(("customers:", "analytics:")) and address != "customers:followup_keep"
    if scope == "elsewhere":  # an agent serves whoever calls
        scope = "own" if role == "agent" and of_customer else "foreign"
    scope = "foreign" if scope == "restricted" else scope
    answers = _plainly(address, role, method, scope)
    if not answers & {200} or not address.startswith(APPS):
        return answers
    if scope == "missing":
        return frozenset({404})
    step = address.removeprefix("complaints:")
    may = next((STEPS[key] for key in (f"{step} {scope}", f"{step} {method}", step) if key in STEPS), {role})
    if role not in may:
        return frozenset({403})
    if address == "customers:undo" and role != "agent":  # somebody else's record
        return frozenset({403})
    return answers - {404}


@pytest.fixture(autouse=True)
def _strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "expected", expected)
    monkeypatch.setattr(walk.Visit, "asks", lambda *_nothing: True)  # every role asks with every method


def _deeds() -> int:
    """What was done, but for refusals and for taking a report along, which is on record and changes nothing."""
    return AuditEvent.objects.exclude(action__in=["access.denied", "report.export"]).count()


# --- the walk ---------------------------------------------------------------------------------------------------
def test_every_address_is_in_the_table_and_has_a_sample(samples: dict[str, list[Sample]]) -> None:
    addresses = walk.collect()
    assert walk.unlisted(addresses) == []
    assert walk.without_sample(addresses, samples) == []
    assert [name for name in policy.TABLE if name.startswith(APPS) and name not in samples] == []
    for name, rows in samples.items():
        if name.startswith(APPS) and rows[0].kwargs and name != "campaigns:answer":
            assert [row.scope for row in rows] == ["own", "elsewhere", "restricted", "missing"], name


@pytest.mark.parametrize("part", range(PARTS))
def test_the_whole_house_is_walked(
    part: int,
    house: House,
    browsers: dict[str, Client],
    samples: dict[str, list[Sample]],
    said: io.StringIO,
    record_property: Callable[[str, object], None],
) -> None:
    deeds = _deeds()
    names = set(sorted({address.name for address in walk.collect() if address.name} - {"health"})[part::PARTS])
    covered = {marker: frozenset[str]() for marker in house.markers} | dict.fromkeys(NAMES, NAMED)
    report = walk.walk(browsers, samples, canaries=covered, only=names - {"customers:reveal"})
    shown = {marker: frozenset(REVEALERS) for marker in house.markers} | dict.fromkeys(NAMES, NAMED)
    revealed = walk.walk(browsers, samples, canaries=shown, only=names & {"customers:reveal"})
    report.urls += revealed.urls
    report.requests += revealed.requests
    report.unexpected += revealed.unexpected
    seen = {"addresses": report.urls, "requests": report.requests, "unexpected": len(report.unexpected)}
    record_property(f"walk by {report.roles} visitors", seen)
    assert not report.unexpected, "\n".join(report.unexpected)
    assert report.roles == len(Role.values) + 1
    assert said.getvalue().count("\n") > 1000
    assert found_in(logged(said), (*house.markers, *NAMES)) == []
    assert _deeds() == deeds  # nobody did anything by looking, or by being refused


def test_a_revealed_number_is_seen_by_those_who_may(
    house: House, browsers: dict[str, Client], samples: dict[str, list[Sample]]
) -> None:
    """The markers are what pages would show: the walk would find them."""
    [own] = [sample for sample in samples["customers:reveal"] if sample.scope == "own"]
    for role in sorted(REVEALERS):
        page = browsers[role].post(reverse("customers:reveal", kwargs=dict(own.kwargs)), own.data)
        assert any(marker in page.content.decode() for marker in house.markers), role
    assert AccessRecord.objects.filter(kind="REVEAL").count() == len(REVEALERS)


def _acts(samples: dict[str, list[Sample]]) -> Iterator[tuple[str, str, Sample]]:
    """Address, role and sample of everything somebody may do."""
    for name in samples:
        rule = policy.TABLE[name]
        if name.startswith(APPS) and "POST" in rule.methods and name not in READING_POSTS:
            [own] = [sample for sample in samples[name] if sample.scope == "own"]
            if not own.also:  # what is somebody's own is asked about in its own tests
                yield from ((name, role, own) for role in Role.values if 302 in expected(name, role, "POST"))


def test_every_act_of_everybody_who_may_is_in_the_audit_log(
    browsers: dict[str, Client], samples: dict[str, list[Sample]]
) -> None:
    silent, refused, done = [], [], 0
    for name, role, sample in _acts(samples):
        with transaction.atomic():
            before = _deeds()
            response = browsers[role].post(sample.path(name), sample.sent)
            if response.status_code not in (200, 302):
                form = (response.context or {}).get("form")
                refused.append(f"{role} {name}: {response.status_code} {dict(form.errors) if form else ''}")
            elif _deeds() == before:
                silent.append(f"{role} {name}")
            done += 1
            transaction.set_rollback(True)
    assert refused == [], "\n".join(refused)
    assert silent == []
    assert done > 60


def test_a_post_without_its_token_is_refused_everywhere(
    browsers: dict[str, Client], samples: dict[str, list[Sample]]
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(browsers["supervisor"].user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[attr-defined]
    before, wrong, asked = table_hashes(), [], 0
    for address in walk.collect():
        if not address.name or address.name == "csp_report":  # browsers send reports by themselves
            continue
        for sample in walk._samples_of(address, samples):
            path = walk._path(address, sample)
            if path is not None:
                status = strict.post(path, sample.sent).status_code
                asked += 1
                wrong += [] if status == 403 else [f"{address.name}: {status}"]
    assert wrong == []
    assert asked > 200
    assert table_hashes() == before
