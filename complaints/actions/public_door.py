"""What people do for themselves at the public door: bring a matter, add to it, say they are not satisfied (R9.7).

Nobody of the centre acts here: ``by`` is nobody, and what needs a decision becomes a promise of who has the matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from complaints import heard, reach, states
from complaints.actions import access_codes, intake, notices
from complaints.actions.intake import Statement
from complaints.models import Complaint
from complaints.models.complaint import ABOUT
from crm_site import bank_day
from crm_site.errors import RuleBroken
from crm_site.models import CalendarDay
from customers.actions import followups, interactions
from customers.models import FollowUp, Interaction

READ = gettext_noop("Read what the complainant added online")
REOPEN = gettext_noop("The complainant is not satisfied: open another round")
WORDS_MIN, WORDS_MAX = 5, 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What the public form holds. ``nature`` is what they call it; what it is, the centre decides."""

    name: str
    contact: str
    nature: str
    business: str
    content: str
    wish: str = ""
    on_behalf_of: str = ""
    language: str = ""


@transaction.atomic
def bring(brought: Brought) -> tuple[Complaint, str]:
    """The complaint, unclassified and owned by nobody, and the code its complainant is shown once."""
    with override(settings.LANGUAGE_CODE):
        nature = str(Complaint.Nature(brought.nature).label)
        business = str(Complaint.Business(brought.business).label)
        subject = _("Online: %(nature)s, %(business)s") % {"nature": nature, "business": business}
        behalf = _("On behalf of %(name)s, with authority") % {"name": brought.on_behalf_of}
    relation = Complaint.Relation.AGENT if brought.on_behalf_of else Complaint.Relation.SELF
    statement = Statement(
        subject=subject,
        content=f"{brought.content}\n\n{behalf}"[: intake.CONTENT_MAX] if brought.on_behalf_of else brought.content,
        channel=Interaction.Channel.WEBFORM,
        received_at=timezone.now(),
        complainant_name=brought.name,
        complainant_contact=brought.contact,
        relation=relation,
        desired_outcome=brought.wish,
        business=brought.business,
        language=brought.language,
    )
    complaint = intake.receive(by=None, statement=statement)
    return complaint, access_codes.issue(by=None, complaint=complaint)


def send_code(number: str) -> bool:
    """A new code to the address on record; whether one was sent, which nobody outside is told."""
    complaint = Complaint.objects.filter(number=access_codes.read_number(number)).first()
    if complaint is None or reach.way(complaint) is None:
        return False
    with transaction.atomic():
        code = access_codes.issue(by=None, complaint=complaint, valid=access_codes.SENT)
        notices.new_code(complaint, code)
    return True


@transaction.atomic
def add_words(*, complaint: Complaint, words: str) -> Interaction:
    """New facts while the matter runs: kept among the words exchanged, with a promise that somebody reads them.

    Raises RuleBroken for a matter that is over, and for words too few or too many.
    """
    if complaint.closed_at is not None:
        raise RuleBroken("door.closed", _("This matter is closed. Bring a new one and name its number."), field="words")
    return _heard(complaint, words, heard.ADDED, READ)


@transaction.atomic
def not_satisfied(*, complaint: Complaint, words: str) -> Interaction:
    """Not satisfied with the answer: who has the matter is to open another round, counted from this moment.

    Raises RuleBroken where no answer was given, later than 30 days after it, and when it was said already.
    """
    if not may_object(complaint):
        text = _("This is possible within 30 days of our answer. Later, bring a new matter and name this number.")
        raise RuleBroken("door.no_answer", text, field="words")
    if heard.unsatisfied(complaint) is not None:
        raise RuleBroken("door.said", _("You have told us already; somebody will contact you."), field="words")
    return _heard(complaint, words, heard.UNSATISFIED, REOPEN)


def may_object(complaint: Complaint) -> bool:
    """Whether an answer was given and its 30 days are not over."""
    answered = complaint.round.fed_back_at
    return answered is not None and states.may_reopen(timezone.localdate(answered), timezone.localdate())


def _heard(complaint: Complaint, words: str, title: str, duty: str) -> Interaction:
    words = words.strip()
    if not WORDS_MIN <= len(words) <= WORDS_MAX:
        raise RuleBroken("door.words", _("Write between 5 and 5,000 characters."), field="words")
    said = interactions.record(
        by=None,
        customer=complaint.customer,
        channel=Interaction.Channel.WEBFORM,
        direction=Interaction.Direction.IN,
        topic=Interaction.Topic.PROGRESS,
        title=title,
        summary=words,
        outcome=Interaction.Outcome.FOLLOW_UP,
        about_kind=ABOUT,
        about_no=complaint.number,
        restricted=complaint.restricted,
    )
    _promise(complaint, duty, said)
    return said


def _promise(complaint: Complaint, duty: str, said: Interaction) -> FollowUp:
    """Within one working day, by who has the matter."""
    calendar, today = CalendarDay.objects.calendar(), timezone.localdate(said.at)
    on = calendar.add(today, 1)
    key = f"unsatisfied:{complaint.number}:{complaint.round.no}" if duty == REOPEN else f"read:{said.pk}"
    return followups.promise(
        by=None,
        customer=complaint.customer,
        kind=FollowUp.Kind.RECOVERY if duty == REOPEN else FollowUp.Kind.PROMISE,
        title=duty,
        due_on=on,
        due_at=bank_day.ends(on),
        owner=complaint.owner,
        team=complaint.team,
        provisional=calendar.provisional(today, on),
        about_kind=ABOUT,
        about_no=complaint.number,
        about_level=complaint.level,
        dedupe_key=key,
    )
