"""Where an imported matter came from, and what its source said about it in its own words (docs/decisions/0033)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.complaint import Complaint
from complaints.models.round import Feedback
from crm_site.encryption import BlindIndexField
from customers.models import ImportBatch


class Origin(models.Model):
    """One row a matter that was imported. Their terms stand beside our codes, so that a count can be checked there."""

    complaint = models.OneToOneField(Complaint, models.CASCADE, related_name="origin")
    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="+")
    source_system = models.CharField(_("source system"), max_length=20)
    source_id = models.CharField(_("their number"), max_length=40)
    content_bidx = BlindIndexField()  # of everything the row said: an equal one changes nothing
    sent_at = models.DateTimeField(_("sent to us"), null=True)
    product = models.CharField(_("their product"), max_length=100, blank=True)
    sub_product = models.CharField(_("their sub-product"), max_length=100, blank=True)
    issue = models.CharField(_("their issue"), max_length=120, blank=True)
    sub_issue = models.CharField(_("their sub-issue"), max_length=200, blank=True)
    channel = models.CharField(_("their channel"), max_length=30, blank=True)
    response = models.CharField(_("their word for the result"), max_length=60, blank=True)
    decision = models.CharField(_("decision"), max_length=12, choices=Feedback.Decision.choices, blank=True)
    timely = models.BooleanField(_("answered in time, as reported"), null=True)
    disputed = models.BooleanField(_("disputed by the customer"), null=True)

    class Meta:
        verbose_name = _("origin")
        verbose_name_plural = _("origins")
        constraints = [models.UniqueConstraint(fields=["source_system", "source_id"], name="one_matter_a_source")]

    def __str__(self) -> str:
        return f"{self.source_system}:{self.source_id}"
