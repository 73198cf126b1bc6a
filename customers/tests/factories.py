"""Test objects of customers, made through the models' own managers with the keys the verbs would set."""

from __future__ import annotations

import datetime
from typing import Any

import factory
from django.utils import timezone

from crm_site.tests.factories import UserFactory
from customers import keys, models

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def resident_id(n: int, *, born: datetime.date = datetime.date(1979, 5, 18), sex: int = 2) -> str:
    """The nth resident identity number of a birth date and sex; it passes the check."""
    body = f"{310101 + n // 500}{born:%Y%m%d}{2 * (n % 500) + sex % 2:03d}"
    return body + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True)) % 11]


def mobile(n: int) -> str:
    """The nth mobile number of the tests, as it is stored."""
    return f"+86139{n:08d}"


class CustomerFactory(factory.django.DjangoModelFactory):
    """A woman of 46 with search keys, a verified mobile number and an identity document.

    ``phone=None`` or ``document=None`` leaves that out; both take a value as it is stored.
    """

    class Meta:
        model = models.Customer
        skip_postgeneration_save = True

    class Params:
        seq = factory.Sequence(int)

    customer_no = factory.LazyAttribute(lambda made: f"C-2019-{made.seq:06d}")
    status = models.Customer.Status.ACTIVE
    full_name = "林晓彤"
    name_bidx = factory.LazyAttribute(lambda made: keys.name(made.full_name))
    sex = models.Customer.Sex.FEMALE
    birth_date = datetime.date(1979, 5, 18)
    occupation = "PRIVATE_EMPLOYEE"
    opened_on = datetime.date(2019, 5, 18)

    @factory.post_generation
    def search_keys(made, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805 - factory_boy's own form
        if create:
            models.CustomerSearchKey.objects.bulk_create(
                models.CustomerSearchKey(customer=made, key=key) for key in keys.search_keys(made.full_name)
            )

    @factory.post_generation
    def phone(made, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805
        if create and extracted is not False:
            ContactPointFactory(customer=made, **({"value": extracted} if extracted else {}))

    @factory.post_generation
    def document(made, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805
        if create and extracted is not False:
            IdentityDocumentFactory(customer=made, **({"number": extracted} if extracted else {}))


class ContactPointFactory(factory.django.DjangoModelFactory):
    """A mobile number; give ``type`` and ``value`` for another one."""

    class Meta:
        model = models.ContactPoint

    customer = factory.SubFactory(CustomerFactory, phone=False)
    type = models.ContactPoint.Type.MOBILE
    value = factory.Sequence(mobile)
    value_bidx = factory.LazyAttribute(lambda made: keys.contact(made.type, made.value))
    last4_bidx = factory.LazyAttribute(lambda made: keys.contact_last4(made.type, made.value))
    verified_at = factory.LazyFunction(timezone.now)


class IdentityDocumentFactory(factory.django.DjangoModelFactory):
    """A resident identity card."""

    class Meta:
        model = models.IdentityDocument

    customer = factory.SubFactory(CustomerFactory, document=False)
    type = models.IdentityDocument.Type.RESIDENT_ID
    number = factory.Sequence(resident_id)
    number_bidx = factory.LazyAttribute(lambda made: keys.document(made.number))
    last4_bidx = factory.LazyAttribute(lambda made: keys.document_last4(made.number))
    verified_at = factory.LazyFunction(timezone.now)


class ProductFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = models.Product
        django_get_or_create = ("code",)

    code = factory.LazyAttribute(lambda made: f"{made.family}-01")
    name = factory.LazyAttribute(lambda made: made.family.title())
    family = models.Product.Family.DEPOSIT


class HoldingFactory(factory.django.DjangoModelFactory):
    """An open deposit account; ``balance`` (fen) adds last month's row."""

    class Meta:
        model = models.Holding
        skip_postgeneration_save = True

    class Params:
        seq = factory.Sequence(int)

    customer = factory.SubFactory(CustomerFactory)
    product = factory.SubFactory(ProductFactory)
    account_no = factory.LazyAttribute(lambda made: f"62220200{made.seq:08d}")
    account_bidx = factory.LazyAttribute(lambda made: keys.account(made.account_no))
    last4_bidx = factory.LazyAttribute(lambda made: keys.account_last4(made.account_no))
    opened_on = datetime.date(2019, 5, 18)
    source_system = "core"
    source_id = factory.LazyAttribute(lambda made: f"A{made.seq:08d}")

    @factory.post_generation
    def balance(made, create: bool, extracted: Any, **kwargs: Any) -> None:  # noqa: N805
        if create and extracted is not None:
            month = timezone.localdate().replace(day=1) - datetime.timedelta(days=1)
            models.MonthlyBalance.objects.create(
                holding=made, month=month.replace(day=1), average_fen=extracted, end_fen=extracted
            )


class FollowUpFactory(factory.django.DjangoModelFactory):
    """An open call back, due at the end of today, owned by an agent."""

    class Meta:
        model = models.FollowUp

    customer = factory.SubFactory(CustomerFactory)
    kind = models.FollowUp.Kind.CALLBACK
    title = "Call back"
    due_on = factory.LazyFunction(timezone.localdate)
    due_at = factory.LazyAttribute(
        lambda made: timezone.make_aware(
            datetime.datetime.combine(made.due_on + datetime.timedelta(days=1), datetime.time.min)
        )
    )
    owner = factory.SubFactory(UserFactory)
    team = factory.LazyAttribute(lambda made: made.owner.team if made.owner else None)
    promised_at = factory.LazyFunction(timezone.now)
    promised_by = factory.SelfAttribute("owner")


class InteractionFactory(factory.django.DjangoModelFactory):
    """A call that came in just now."""

    class Meta:
        model = models.Interaction

    customer = factory.SubFactory(CustomerFactory)
    channel = models.Interaction.Channel.PHONE
    at = factory.LazyFunction(timezone.now)
    agent = factory.SubFactory(UserFactory)
    summary = "Asked about a fee."
    recorded_at = factory.LazyFunction(timezone.now)


class ConsentFactory(factory.django.DjangoModelFactory):
    """Marketing on all channels, granted on a form."""

    class Meta:
        model = models.Consent

    customer = factory.SubFactory(CustomerFactory)
    purpose = models.Consent.Purpose.MARKETING
    channel = models.Consent.Channel.ALL
    act = models.Consent.Act.GRANT
    at = factory.LazyFunction(timezone.now)
    evidence = models.Consent.Evidence.FORM
    recorded_by = factory.SubFactory(UserFactory)
    recorded_at = factory.LazyFunction(timezone.now)


class NeedFactory(factory.django.DjangoModelFactory):
    """An open, stated wish for a wealth product."""

    class Meta:
        model = models.Need

    customer = factory.SubFactory(CustomerFactory)
    family = models.Product.Family.WEALTH
    basis = models.Need.Basis.STATED
    recorded_at = factory.LazyFunction(timezone.now)
    expires_on = factory.LazyFunction(lambda: timezone.localdate() + datetime.timedelta(days=180))


class StandingFactory(factory.django.DjangoModelFactory):
    """A high-net-worth, loyal customer of grade A; publish its run with ``PublishedRunFactory``."""

    class Meta:
        model = models.Standing

    customer = factory.SubFactory(CustomerFactory)
    run_from = 1
    as_of = factory.LazyFunction(timezone.localdate)
    asset_class = "HIGH"
    age_band = "MIDDLE"
    occupation_group = "EMPLOYEE"
    need_type = "INVESTMENT"
    loyalty = "LOYAL"
    score_tenths = 821
    grade = "A"
    confidence = "HIGH"


class PublishedRunFactory(factory.django.DjangoModelFactory):
    """The pointer at run 1."""

    class Meta:
        model = models.PublishedRun
        django_get_or_create = ("id",)

    id = 1
    run_no = 1
    as_of = factory.LazyFunction(timezone.localdate)
    published_at = factory.LazyFunction(timezone.now)


class MessageFactory(factory.django.DjangoModelFactory):
    """A service message waiting to be sent by SMS."""

    class Meta:
        model = models.Message

    dedupe_key = factory.Sequence(lambda n: f"test:{n}")
    customer = factory.SubFactory(CustomerFactory)
    contact_point = factory.LazyAttribute(lambda made: made.customer.contact_points.first())
    channel = models.Message.Channel.SMS
    purpose = models.Message.Purpose.SERVICE
    template = "survey_invitation"
    locale = "zh-hans"
    not_before = factory.LazyFunction(timezone.now)
    created_at = factory.LazyFunction(timezone.now)
