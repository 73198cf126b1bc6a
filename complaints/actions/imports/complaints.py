"""Complaints, inquiries and suggestions that another system kept; mostly history (docs/IMPORT.md)."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.actions import clocks
from complaints.actions.imports import columns, history
from complaints.actions.intake import CLOCKS_OF_NATURE
from complaints.models import Complaint, Origin
from crm_site.encryption import blind
from crm_site.models import CalendarDay, Team
from customers.actions.imports import products
from customers.actions.imports.kinds.base import Bad, Candidate, Given, Kind, Plan
from customers.actions.imports.profile import Profile
from customers.actions.imports.scratch import Scratch
from customers.actions.imports.values import Parser
from customers.models import Customer


class Complaints(Kind):
    """One row a matter. What ended stays ended: no open promise, no notice, no task comes of it."""

    name = "complaints"
    key_target = key_attribute = "source_id"
    needed = frozenset({"source_id", "received_at", "subject", "channel"})
    model = Origin

    def __init__(self, profile: Profile, scratch: Scratch, today: datetime.date) -> None:
        super().__init__(profile, scratch, today)
        self.now = timezone.now()
        self.calendar = CalendarDay.objects.calendar()

    def parsers(self) -> Mapping[str, Parser]:
        return columns.parsers(self.reader, self.now)

    def complete(self, given: Given) -> None:
        columns.check(given)
        said = "\x1f".join(f"{name}={value}" for name, value in sorted(given.items()))
        given["content_bidx"] = blind("complaint.import", said)

    def prepare(self) -> None:
        products.make(self.profile)

    def link(self, chunk: list[Candidate]) -> list[tuple[Candidate, str, str]]:
        known = products.known(self.profile)
        numbers = {row.given["customer_no"] for row in chunk if "customer_no" in row.given}
        people = Customer.objects.living().filter(customer_no__among=numbers) if numbers else Customer.objects.none()
        found: Mapping[str, Mapping[str, int]] = {
            "product": known,
            "customer_no": dict(people.values_list("customer_no", "pk")),
            "team": dict(Team.objects.values_list("code", "pk")),
        }
        return [flaw for row in chunk if (flaw := self._linked(row, found))]

    def _linked(self, row: Candidate, found: Mapping[str, Mapping[str, int]]) -> tuple[Candidate, str, str] | None:
        for name, attribute, reason in (
            ("product", "product_id", _("There is no such product; add it to the profile.")),
            ("customer_no", "customer_id", _("There is no such customer; import the customers first.")),
            ("team", "team_id", _("There is no team of this code.")),
        ):
            if name not in row.given:
                continue
            code = row.given.pop(name)
            if code not in found[name]:
                return row, name, reason
            row.given[attribute] = found[name][code]
        return None

    def stored(self, chunk: list[Candidate], *, locked: bool) -> dict[str, Given]:
        rows = Origin.objects.filter(
            source_system=self.profile.source_system, source_id__among={row.key for row in chunk}
        )
        rows = rows.select_for_update(of=("self",)) if locked else rows
        found = rows.values("source_id", "complaint_id", "content_bidx", "complaint__closed_at", "complaint__version")
        return {row["source_id"]: dict(row) for row in found}

    def changes(self, candidate: Candidate, old: Given) -> Given:
        if bytes(old["content_bidx"]) == candidate.given["content_bidx"]:
            return {}
        if old["complaint__closed_at"] is None or old["complaint__version"] != 1:
            raise Bad("source_id", _("This matter has been worked on here since; it is not rewritten."))
        if candidate.given["status"] != columns.CLOSED:
            raise Bad("status", _("This matter is closed here; open it again on its page."))
        return {"content_bidx": candidate.given["content_bidx"]}

    def write(self, plan: Plan) -> None:
        days = [timezone.localdate(row.given["received_at"]) for row in plan.creates]
        made = [self._built(row.given, number) for row, number in zip(plan.creates, history.numbers(days), strict=True)]
        history.save(made)
        self._begin([matter.number for matter in made if matter.complaint["closed_at"] is None])
        for row, old, _changed in plan.updates:
            history.rewrite(self._built(row.given, ""), complaint_id=old["complaint_id"])

    def _built(self, given: Given, number: str) -> history.Matter:
        return history.build(
            given,
            batch=self.batch,
            source_system=self.profile.source_system,
            number=number,
            calendar=self.calendar,
        )

    @staticmethod
    def _begin(numbers: list[str]) -> None:
        """Open matters promise what they would have promised on the day they were received."""
        for complaint in Complaint.objects.filter(number__among=numbers).select_related("customer", "owner", "team"):
            first = complaint.round
            first.complaint = complaint
            for kind in CLOCKS_OF_NATURE[Complaint.Nature(complaint.nature)]:
                clocks.start(first, kind, by=None)
            if complaint.nature == Complaint.Nature.COMPLAINT:
                clocks.start_regulators(first, by=None)
            clocks.move_leading(complaint)

    def count(self, candidate: Candidate) -> None:
        given = candidate.given
        self.control[given["status"].lower()] += 1
        if "timely" in given:
            self.control["timely" if given["timely"] else "late"] += 1
