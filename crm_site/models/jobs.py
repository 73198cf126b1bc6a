"""What ran, what runs, and how far it came: the table is the lock, the memory and the result (reliability 2.4)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class JobRun(models.Model):
    """One run of one job for one business date (or any other key of its period)."""

    class State(models.TextChoices):
        RUNNING = "RUNNING", _("Running")
        OK = "OK", _("Done")
        FAILED = "FAILED", _("Failed")

    job = models.CharField(_("job"), max_length=40)
    business_date = models.DateField(_("business date"))
    slot = models.CharField(_("slot"), max_length=20, blank=True, default="")
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.RUNNING)
    attempts = models.PositiveIntegerField(_("attempts"), default=1)
    lease_owner = models.CharField(_("worker"), max_length=80, blank=True)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    heartbeat_at = models.DateTimeField(_("heartbeat"), null=True)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    checkpoint = models.JSONField(_("checkpoint"), default=dict)
    counts = models.JSONField(_("counts"), default=dict)
    error = models.TextField(_("error"), blank=True)
    warning = models.TextField(_("warning"), blank=True, default="")  # it ended well, and somebody must look

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        ordering = ["-business_date", "job", "slot"]
        constraints = [
            models.UniqueConstraint(fields=["job", "business_date", "slot"], name="one_run_per_job_and_date")
        ]
        indexes = [models.Index(fields=["state", "lease_until"])]

    def __str__(self) -> str:
        return f"{self.job} {self.business_date:%Y-%m-%d} {self.slot}".strip()


class JobShard(models.Model):
    """A primary-key range of a run, claimed by one worker at a time; results and DONE land in one transaction."""

    class State(models.TextChoices):
        TODO = "TODO", _("To do")
        CLAIMED = "CLAIMED", _("Claimed")
        DONE = "DONE", _("Done")

    run = models.ForeignKey(JobRun, models.CASCADE, related_name="shards")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.TODO)
    lease_owner = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["first_id"]
        constraints = [models.UniqueConstraint(fields=["run", "first_id"], name="one_shard_per_range")]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.first_id}-{self.last_id}"
