"""How often somebody knocked at a public door: counted in the database, shared by all machines (reliability 5.1)."""

from __future__ import annotations

from django.db import models

from crm_site.encryption import BlindIndexField


class DoorCount(models.Model):
    """Knocks of one caller, or about one thing, in one stretch of time. The key is a keyed hash: nobody is named."""

    key = BlindIndexField()
    since = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "since"], name="one_count_a_stretch")]
        indexes = [models.Index(fields=["since"], name="door_count_since")]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M} {self.count}"
