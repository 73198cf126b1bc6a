"""The outbox: what is due is a row, a claim is one conditional update, doubt is written down (reliability 2.4).

Every message ends in exactly one visible state. Killing any process loses none and sends none twice; what could not be
confirmed is UNKNOWN, at most one per concurrent sender and crash.
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable, Mapping

import structlog
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from crm_site import audit, masking
from customers import contact_policy, texts
from customers.actions import interactions
from customers.actions.consent import allowed
from customers.channels.base import Letter, Refused, TryLater, gateway
from customers.contact_policy import Step
from customers.message_kinds import title_in_source
from customers.models import Consent, ContactPoint, ContactPreference, Customer, Interaction, Message
from customers.models.message import ADDRESS_KINDS
from customers.reaching import Address

log = structlog.get_logger(__name__)
State = Message.State
LEASE = datetime.timedelta(minutes=2)
MAX_ATTEMPTS = 5
BACK_OFF_MINUTES = (1, 5, 15, 60)
MAY_REPEAT = "may_repeat"
NO_CONTACT_POINT = "no_contact_point"
_WAYS = {
    ContactPoint.Type.MOBILE: Message.Channel.SMS,
    ContactPoint.Type.EMAIL: Message.Channel.EMAIL,
    ContactPoint.Type.WECHAT: Message.Channel.WECHAT,
}
_KIND = {way: kind for kind, way in _WAYS.items()}
_ENDS = {Step.SUPPRESS: State.SUPPRESSED, Step.EXPIRE: State.EXPIRED}


# --- writing what is due ----------------------------------------------------------------------------------------
@transaction.atomic
def enqueue(
    *,
    customer: Customer | None,
    purpose: str,
    template: str,
    values: Mapping[str, str],
    dedupe_key: str,
    channel: str | None = None,
    address: Address | None = None,
    locale: str = "",
    about: tuple[str, str] = ("", ""),
    not_before: datetime.datetime | None = None,
    expires_at: datetime.datetime | None = None,
) -> Message:
    """Write that a message is due, in the caller's transaction; the message that the ``dedupe_key`` stands for.

    Without ``channel`` the customer's own wish decides, then SMS, e-mail, WeChat. ``address`` is where somebody who is
    no customer gave to be reached at. With nothing to reach them by, the message is FAILED from the start and says so.
    ``about`` names the matter (kind, number) whose page and past show the message.
    """
    now = timezone.now()
    point = reachable(customer, channel) if customer is not None and address is None else None
    way = address.kind if address else point.type if point else None
    fresh = Message(
        dedupe_key=dedupe_key,
        customer=customer,
        contact_point=point,
        address=address.value if address else "",
        about_kind=about[0],
        about_no=about[1],
        channel=channel or (_WAYS[ContactPoint.Type(way)] if way else Message.Channel.SMS),
        purpose=purpose,
        template=template,
        locale=locale or (customer.language if customer else texts.FALLBACK),
        values=json.dumps(dict(values), ensure_ascii=False),
        state=State.PENDING if way else State.FAILED,
        reason="" if way else NO_CONTACT_POINT,
        finished_at=None if way else now,
        not_before=not_before or now,
        expires_at=expires_at,
        created_at=now,
    )
    Message.objects.bulk_create([fresh], ignore_conflicts=True)
    message = Message.objects.get(dedupe_key=dedupe_key)
    if message.uuid == fresh.uuid:
        after = {"template": template, "channel": message.channel, "purpose": purpose, "state": message.state}
        audit.record(by=None, action="message.enqueue", obj=message, after=after)
    return message


def reachable(customer: Customer, channel: str | None = None) -> ContactPoint | None:
    """Where a message to this customer goes: the contact point in use that the customer likes best, or None."""
    kinds = [_KIND[Message.Channel(channel)]] if channel else list(_WAYS)
    wish = ContactPreference.objects.filter(customer=customer).values_list("channel", flat=True).first()
    points = customer.contact_points.filter(status=ContactPoint.Status.OK, type__in=kinds)
    order = sorted(
        points, key=lambda p: (p.type != wish, not p.preferred, kinds.index(ContactPoint.Type(p.type)), p.pk)
    )
    return order[0] if order else None


# --- sending ----------------------------------------------------------------------------------------------------
def send_due(*, owner: str, limit: int = 200, alive: Callable[[], None] | None = None) -> dict[str, int]:
    """Send what is due, oldest first, each claimed and committed before its gateway is spoken to.

    Not inside a transaction. ``alive`` is called between messages, to renew a lease; what it raises ends the sweep.
    """
    counts: Counter[str] = Counter(settle_lost())
    for pk in list(Message.objects.due(timezone.now()).values_list("pk", flat=True)[:limit]):
        if alive is not None:
            alive()
        message = _claim(pk, owner)
        if message is not None:
            counts[_handle(message)] += 1
    return dict(counts)


def settle_lost() -> dict[str, int]:
    """Messages whose sender vanished: nobody knows whether they left.

    A service notice goes once more, marked as a possible repeat; all others wait for a person, as UNKNOWN.
    """
    lost = Message.objects.filter(state=State.SENDING, lease_until__lt=Now())
    counts: Counter[str] = Counter()
    for message in lost.order_by("pk")[:200]:
        counts[_in_doubt(message, "sender_vanished")] += 1
    return dict(counts)


def _claim(pk: int, owner: str) -> Message | None:
    """Take one waiting message for this sender; None when somebody else has it."""
    taken = Message.objects.filter(pk=pk, state=State.PENDING).update(
        state=State.SENDING, attempts=F("attempts") + 1, lease_owner=owner, lease_until=Now() + LEASE
    )
    return Message.objects.select_related("customer", "contact_point").get(pk=pk) if taken else None


def _handle(message: Message) -> str:
    """Ask once more whether it may leave, then hand it over; returns the state it reached."""
    verdict = contact_policy.decide(_asked(message))
    if verdict.step is Step.WAIT:
        return _wait(message, verdict.reason, verdict.until, counted=False)
    if verdict.step is not Step.SEND:
        return _end(message, _ENDS[verdict.step], verdict.reason)
    letter = _letter(message)
    return _deliver(message, letter) if isinstance(letter, Letter) else _end(message, State.FAILED, letter)


def _asked(message: Message) -> contact_policy.Asked:
    """The question; somebody who is no customer has refused nothing and agreed to nothing."""
    now, customer = timezone.localtime(), message.customer
    if customer is None:
        return contact_policy.Asked(purpose=message.purpose, now=now, expires_at=message.expires_at)
    gone = (Customer.Status.DECEASED, Customer.Status.ERASED, Customer.Status.MERGED)
    return contact_policy.Asked(
        purpose=message.purpose,
        now=now,
        expires_at=message.expires_at,
        living=customer.status not in gone,
        no_proactive_contact=ContactPreference.objects.filter(customer=customer, no_proactive_contact=True).exists(),
        consented=allowed(customer, Consent.Purpose.MARKETING, message.channel, now),
    )


def _letter(message: Message) -> Letter | str:
    """What the gateway is given, or the reason why there is nothing to give it."""
    to = _address(message)
    if to is None:
        return NO_CONTACT_POINT
    values = {str(name): str(value) for name, value in json.loads(message.values).items()}
    try:
        subject, body = texts.render(message.template, message.channel, message.locale, values)
    except (LookupError, ValueError):
        log.exception("message.text", template=message.template, channel=message.channel, locale=message.locale)
        return "text"
    return Letter(str(message.uuid), message.channel, to.value, masking.contact(to.kind, to.value), subject, body)


def _address(message: Message) -> Address | None:
    if message.address:
        return Address(ADDRESS_KINDS[message.channel], message.address)
    point = message.contact_point
    if message.customer is not None and (point is None or point.status != ContactPoint.Status.OK):
        point = reachable(message.customer, message.channel)
    return Address(point.type, point.value) if point else None


def _deliver(message: Message, letter: Letter) -> str:
    try:
        reference = gateway(message.channel).send(letter)
    except TryLater as answer:
        if message.attempts >= MAX_ATTEMPTS:
            return _end(message, State.FAILED, f"gave_up: {answer}")
        minutes = BACK_OFF_MINUTES[min(message.attempts, len(BACK_OFF_MINUTES)) - 1]
        return _wait(message, str(answer), timezone.now() + datetime.timedelta(minutes=minutes), counted=True)
    except Refused as answer:
        return _end(message, State.FAILED, str(answer))
    except Exception as error:
        log.exception("message.no_answer", message=letter.uuid, channel=letter.channel)
        return _in_doubt(message, type(error).__name__)
    return _end(message, State.SENT, "", reference)


# --- writing what became of it ----------------------------------------------------------------------------------
def _in_doubt(message: Message, reason: str) -> str:
    if message.purpose == Message.Purpose.SERVICE and message.reason != MAY_REPEAT:
        return _wait(message, MAY_REPEAT, timezone.now(), counted=True)
    return _end(message, State.UNKNOWN, reason)


def _wait(message: Message, reason: str, until: datetime.datetime | None, *, counted: bool) -> str:
    attempts = message.attempts if counted else message.attempts - 1
    return _turn(message, State.PENDING, reason=reason, not_before=until, attempts=attempts)


def _end(message: Message, state: str, reason: str, reference: str = "") -> str:
    return _turn(message, state, reason=reason, provider_ref=reference[:80], finished_at=timezone.now())


@transaction.atomic
def _turn(message: Message, state: str, *, reason: str, **fields: object) -> str:
    """Write the outcome and its audit row. A clear answer that comes after the lease ended still settles the doubt."""
    mine = Message.objects.filter(pk=message.pk, lease_owner=message.lease_owner, attempts=message.attempts)
    changed = mine.filter(state__in=(State.SENDING, State.UNKNOWN)).update(
        state=state, reason=reason[:120], lease_until=None, **fields
    )
    if not changed:
        log.warning("message.lease_lost", message=str(message.uuid), state=state)
        return "lease_lost"
    if state == State.SENT and message.about_no:
        _into_the_past(message)
    audit.record(by=None, action=f"message.{state.lower()}", obj=message, after={"reason": reason[:120]})
    return state.lower()


def _into_the_past(message: Message) -> None:
    """That it left, among the words exchanged; what it said is sealed in the message."""
    interactions.record(
        by=None,
        customer=message.customer,
        channel=message.channel,
        direction=Interaction.Direction.OUT,
        topic=Interaction.Topic.PROGRESS,
        title=title_in_source(message.template),
        about_kind=message.about_kind,
        about_no=message.about_no,
    )
