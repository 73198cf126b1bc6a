"""How old the published scores are, and what the next ones wait for, in the reader's words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.actions.inputs import FEEDS
from crm_site.wording import date_words
from customers.models import ImportBatch, PublishedRun

STALE_AFTER = datetime.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Freshness:
    """``as_of`` is the published business date, or None before the first night; ``waiting`` says what is missing."""

    as_of: datetime.date | None
    stale: bool
    waiting: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What a reader of stale scores must know."""
        if not self.stale or self.as_of is None:
            return ""
        return _("Stale: these scores are of %(day)s, more than seven days old.") % {"day": date_words(self.as_of)}


def freshness(today: datetime.date | None = None) -> Freshness:
    """Of the scores readers see now: two indexed look-ups."""
    today = today or timezone.localdate()
    as_of = PublishedRun.objects.filter(pk=1).values_list("as_of", flat=True).first()
    doubtful = ImportBatch.objects.in_doubt(FEEDS).order_by("pk")
    return Freshness(as_of, as_of is not None and today - as_of > STALE_AFTER, tuple(map(_words, doubtful)))


def _words(batch: ImportBatch) -> str:
    return _("import %(no)s, %(kind)s, of %(day)s: %(state)s") % {
        "no": batch.pk,
        "kind": kind_words(batch.kind),
        "day": date_words(timezone.localdate(batch.started_at)),
        "state": batch.get_state_display(),
    }


def kind_words(kind: str) -> str:
    """A kind of import as people call it."""
    return {
        "customers": _("customers"),
        "holdings": _("accounts"),
        "balances": _("balances"),
        "transactions": _("transactions"),
    }[kind]
