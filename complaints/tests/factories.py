"""Test objects of complaints as plain rows; matters that have lived through verbs come from ``scenes``."""

from __future__ import annotations

import factory
from django.utils import timezone

from complaints import models
from complaints.states import State
from crm_site.tests.factories import UserFactory
from customers.tests.factories import CustomerFactory


class ComplaintFactory(factory.django.DjangoModelFactory):
    """A complaint received by phone just now, in the hands of an agent, without promises."""

    class Meta:
        model = models.Complaint

    class Params:
        seq = factory.Sequence(int)

    number = factory.LazyAttribute(lambda made: f"TS-20250926-{made.seq + 1:04d}")
    nature = models.Complaint.Nature.COMPLAINT
    state = State.CLASSIFIED
    customer = factory.SubFactory(CustomerFactory)
    channel = "PHONE"
    subject = "Transfer fee charged twice"
    content = "I made two transfers and each fee was taken twice."
    received_at = factory.LazyFunction(timezone.now)
    registered_at = factory.LazyFunction(timezone.now)
    owner = factory.SubFactory(UserFactory)
    team = factory.LazyAttribute(lambda made: made.owner.team if made.owner else None)


class RoundFactory(factory.django.DjangoModelFactory):
    """The first, open round of a complaint."""

    class Meta:
        model = models.Round

    complaint = factory.SubFactory(ComplaintFactory)
    no = 1
    received_at = factory.LazyAttribute(lambda made: made.complaint.received_at)
