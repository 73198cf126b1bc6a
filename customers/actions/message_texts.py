"""How a text of the centre comes into force: drafted, submitted, approved by somebody else, retired (R5.14; J.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm_site import audit
from crm_site.errors import NotAllowed, RuleBroken
from crm_site.roles import Role
from customers import merge_fields
from customers.actions import comparing
from customers.message_kinds import KINDS
from customers.models import MessageTemplate

if TYPE_CHECKING:
    from crm_site.models import User

Status = MessageTemplate.Status
WRITERS = (Role.PLANNER, Role.SUPERVISOR)
APPROVERS = (Role.APPROVER, Role.SUPERVISOR)
LONGEST = {"SMS": 500, "EMAIL": 5000}


@transaction.atomic
def draft(*, by: User, code: str, channel: str, locale: str, subject: str, body: str) -> MessageTemplate:
    """The next version of a text; what is in force goes on counting. Raises RuleBroken for a kind there is not."""
    _require_writer(by)
    if code not in KINDS or channel not in KINDS[code].channels:
        raise RuleBroken("text.kind", _("There is no such message on this channel."), field="channel")
    same = MessageTemplate.objects.filter(code=code, channel=channel, locale=locale)
    made = MessageTemplate.objects.create(
        code=code,
        channel=channel,
        locale=locale,
        version=(same.aggregate(last=Max("version"))["last"] or 0) + 1,
        subject=subject.strip(),
        body=body.strip(),
        author=by,
        drafted_at=timezone.now(),
    )
    audit.record(by=by, action="text.draft", obj=made)
    return made


def rewrite(*, by: User, text: MessageTemplate, subject: str, body: str) -> MessageTemplate:
    """Other words while it is a draft; who wrote them last is the author."""
    _require_writer(by)
    words = {"subject": subject.strip(), "body": body.strip(), "author": by, "drafted_at": timezone.now()}
    return _turn(by, text, "text.rewrite", Status.DRAFT, Status.DRAFT, **words)


def submit(*, by: User, text: MessageTemplate) -> MessageTemplate:
    """Ready for approval. Raises RuleBroken for a place that is not of its list, or what every text must say."""
    _require_writer(by)
    _require_sound(text)
    return _turn(by, text, "text.submit", Status.SUBMITTED, Status.DRAFT, submitted_at=timezone.now())


def send_back(*, by: User, text: MessageTemplate) -> MessageTemplate:
    """Not like this: a draft again."""
    _require_approver(by)
    return _turn(by, text, "text.send_back", Status.DRAFT, Status.SUBMITTED, submitted_at=None)


@transaction.atomic
def approve(*, by: User, text: MessageTemplate) -> MessageTemplate:
    """In force from now on, in the place of the version before. Raises NotAllowed for the person who wrote it."""
    _require_approver(by)
    if text.author_id == by.pk:
        raise NotAllowed("text.own", _("Somebody else has to approve the text you wrote."))
    _require_sound(text)
    now = timezone.now()
    before = MessageTemplate.objects.in_force(text.code, text.channel, text.locale)
    if before is not None:
        _turn(by, before, "text.retire", Status.RETIRED, Status.APPROVED, retired_at=now)
    return _turn(by, text, "text.approve", Status.APPROVED, Status.SUBMITTED, approver=by, approved_at=now)


def retire(*, by: User, text: MessageTemplate) -> MessageTemplate:
    """Out of force: the text that came with the product counts again."""
    _require_approver(by)
    return _turn(by, text, "text.retire", Status.RETIRED, Status.APPROVED, retired_at=timezone.now())


@transaction.atomic
def _turn(
    by: User, text: MessageTemplate, action: str, status: str, expected: str, **changes: object
) -> MessageTemplate:
    before = text.status
    same = MessageTemplate.objects.filter(pk=text.pk, status=expected)
    if same.update(status=status, **changes) != 1:
        raise comparing.overtaken("text.stale")
    text.refresh_from_db()
    audit.record(by=by, action=action, obj=text, before={"status": before}, after={"status": status})
    return text


def _require_writer(by: User) -> None:
    if not by.has_role(*WRITERS):
        raise NotAllowed("text.writer", _("Texts are written by planners and supervisors."))


def _require_approver(by: User) -> None:
    if not by.has_role(*APPROVERS):
        raise NotAllowed("text.approver", _("Texts are approved by approvers and supervisors."))


def _require_sound(text: MessageTemplate) -> None:
    kind, whole = KINDS[text.code], f"{text.subject}\n{text.body}"
    strange = merge_fields.unknown(whole, kind.fields)
    if strange:
        words = _("%(place)s is no place of this message. These are: %(fields)s.")
        known = " ".join(f"{{{{{name}}}}}" for name in kind.fields)
        raise RuleBroken("text.place", words % {"place": strange[0], "fields": known}, field="body")
    missing = [name for name in kind.required if name not in merge_fields.places(text.body)]
    if missing:
        words = _("Every text of this kind says %(place)s.")
        raise RuleBroken("text.missing", words % {"place": f"{{{{{missing[0]}}}}}"}, field="body")
    if text.channel == MessageTemplate.Channel.EMAIL and not text.subject:
        raise RuleBroken("text.subject", _("An e-mail needs a subject."), field="subject")
    if "\n" in text.subject or len(text.body) > LONGEST[text.channel]:
        raise RuleBroken("text.long", _("This text is too long for its channel."), field="body")
