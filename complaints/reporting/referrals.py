"""What was not ours (handbook 6/1.1.28(3); peers 54): how much was sent on, to whom, taken over, and what came back."""

from __future__ import annotations

from collections import Counter

from django.db.models import Count

from complaints.figures import REFERRED, Asked
from complaints.models import Referral
from complaints.models.referral import BODY, DEPARTMENT
from complaints.reporting.lines import Line, counted

MOST = 50


def referrals(received: Asked) -> list[Line]:
    """Counts of the period, then one line a target, the most first; every number has its list."""
    sent = received.named("referred_out")
    lines = [counted("totals", received.named(name)) for name in ("referred_out", "referral_accepted", "referral_back")]
    for key in _targets(sent):
        lines.append(counted(REFERRED, sent, **{REFERRED: key}))
    return lines


def _targets(sent: Asked) -> list[str]:
    """Targets of these referrals, by how often."""
    rows = Referral.objects.filter(sent.period.happened("at"), complaint__in=sent.rows().order_by().values("pk"))
    counts: Counter[str] = Counter()
    found = rows.order_by().values_list("department__code", "body").annotate(n=Count("complaint", distinct=True))
    for code, body, n in found:
        counts[f"{DEPARTMENT}{code}" if code else f"{BODY}{body}"] += n
    return [key for key, _n in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]]
