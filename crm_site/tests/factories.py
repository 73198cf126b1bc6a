"""Test objects of the ground."""

from __future__ import annotations

import datetime

import factory
from django.utils import timezone

from crm_site import models
from crm_site.testing import PASSWORD


class DepartmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Department
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"D{n:03d}")
    name = factory.LazyAttribute(lambda made: f"Department {made.code}")
    kind = models.Department.Kind.SERVICE


class TeamFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Team
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"T{n:03d}")
    name = factory.LazyAttribute(lambda made: f"Team {made.code}")
    department = factory.SubFactory(DepartmentFactory)
    purpose = models.Team.Purpose.SERVICE


class UserFactory(factory.django.DjangoModelFactory):
    """A member of staff, an agent unless ``role`` or ``roles`` says otherwise; the password is testing.PASSWORD."""

    class Meta:
        model = models.User
        skip_postgeneration_save = True

    class Params:
        role = "agent"

    username = factory.Sequence(lambda n: f"staff{n}")
    employee_no = factory.Sequence(lambda n: f"F{n:05d}")
    display_name = factory.LazyAttribute(lambda made: f"Staff {made.employee_no}")
    roles = factory.LazyAttribute(lambda made: [made.role])
    team = factory.SubFactory(TeamFactory)
    password = factory.django.Password(PASSWORD)


class JobRunFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.JobRun

    job = "verify_audit"
    business_date = datetime.date(2025, 9, 25)
    slot = factory.Sequence(str)
    state = models.JobRun.State.OK
    started_at = factory.LazyFunction(timezone.now)
    finished_at = factory.LazyFunction(timezone.now)
