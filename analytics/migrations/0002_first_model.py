"""The first version of the value score, active from the start (domain F)."""

from django.db import migrations
from django.utils import timezone

from analytics.default_model import DEFAULT_V1
from analytics.scoring_model import content_hash, to_json


def seed(apps, schema_editor):
    apps.get_model("analytics", "ScoringModel").objects.get_or_create(
        version=DEFAULT_V1.version,
        defaults={
            "state": "ACTIVE",
            "spec": to_json(DEFAULT_V1),
            "content_hash": content_hash(DEFAULT_V1),
            "activated_at": timezone.now(),
        },
    )


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
