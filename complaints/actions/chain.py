"""Who hears of a deadline, by rung: each adds people, none drops anybody (domain D.6; peers rows 69–70)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from django.conf import settings

from complaints.ladder import RANK, Threshold
from complaints.models import Complaint
from crm_site.models import Department, User
from crm_site.roles import Role

T = Threshold


class Chain:
    """The people of the centre, asked for once a sweep and only when a rung needs more than the owner's team leader."""

    @cached_property
    def _staff(self) -> list[User]:
        return list(User.objects.active().select_related("team").order_by("pk"))

    @cached_property
    def _by_username(self) -> Mapping[str, User]:
        return {person.username: person for person in self._staff}

    @cached_property
    def supervisors(self) -> list[User]:
        """Those who run the centre."""
        return [person for person in self._staff if person.has_role(Role.SUPERVISOR)]

    def leaders(self, complaint: Complaint) -> list[User]:
        """Who leads the team it lies with; its seniors where nobody is named."""
        if complaint.team is None:
            return []
        if complaint.team.leader is not None:
            return [complaint.team.leader]
        return [
            person for person in self._staff if person.team_id == complaint.team_id and person.has_role(Role.SENIOR)
        ]

    def speakers(self, departments: Iterable[Department]) -> list[User]:
        """Who answers for these departments."""
        wanted = {department.pk for department in departments}
        return [
            person
            for person in self._staff
            if person.team is not None and person.team.department_id in wanted and person.has_role(Role.LIAISON)
        ]

    def named(self, usernames: Iterable[str]) -> list[User]:
        """People a setting names; a name nobody bears is passed over."""
        return [self._by_username[name] for name in usernames if name in self._by_username]

    def people(self, threshold: Threshold, complaint: Complaint, asked: Iterable[Department]) -> list[User]:
        """Everybody a rung is told to. ``asked``: departments that owe an answer. Without an owner the leaders stand in
        for one, and the supervisors where there are no leaders either."""
        asked = list(asked)
        found = [complaint.owner] if complaint.owner is not None else []
        if threshold not in (T.P0, T.T1) or not found:
            found += self.leaders(complaint)
        if RANK[threshold] >= RANK[T.T3] or threshold == T.A0 or not found:
            found += self.supervisors
        if RANK[threshold] >= RANK[T.T3]:
            found += self.speakers(asked)
        if RANK[threshold] >= RANK[T.B0]:
            found += [
                department.head for department in self._concerned(complaint, asked) if department.head is not None
            ]
            found += self.named(settings.CONSUMER_PROTECTION_OFFICERS)
        if RANK[threshold] >= RANK[T.B1]:
            found += self.named(settings.DEPUTY_GENERAL_MANAGERS)
        return found

    def _concerned(self, complaint: Complaint, asked: list[Department]) -> list[Department]:
        return asked + ([complaint.team.department] if complaint.team is not None else [])
