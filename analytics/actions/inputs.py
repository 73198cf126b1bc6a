"""What the night scores on: files of the bank, taken in whole and agreed with their source, or nothing (domain F.8)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm_site import jobs
from customers.models import ImportBatch

FEEDS = ("customers", "holdings", "balances", "transactions", "credit")
"""Kinds of import that scoring reads."""


class InputsInDoubt(jobs.NotYet):
    """A file is not taken in whole, or not the one its source meant; what was published last stays."""


def settled() -> None:
    """Raises InputsInDoubt("inputs.doubt") naming the batches the night must wait for."""
    doubtful = ImportBatch.objects.in_doubt(FEEDS).order_by("pk")
    if not doubtful:
        return
    named = ", ".join(f"{batch.kind} {batch.pk} ({batch.state})" for batch in doubtful)
    message = _("Scoring waits for imports to end well: %(batches)s. The last scores stay.")
    raise InputsInDoubt("inputs.doubt", message % {"batches": named})
