"""The rule sets the product is born with: three in force, those of other regulators as drafts (domain D.12)."""

from django.db import migrations
from django.utils import timezone

from complaints.profiles import PROFILES, content_hash, to_json
from complaints.regulations import OTHERS


def seed(apps, schema_editor):
    rules = apps.get_model("complaints.SlaRuleSet").objects
    for profile in PROFILES.values():
        rules.get_or_create(
            name=profile.name,
            version=1,
            defaults={
                "state": "ACTIVE",
                "rules": to_json(profile),
                "content_hash": content_hash(profile),
                "activated_at": timezone.now(),
            },
        )
    for profile, note in OTHERS.items():
        rules.get_or_create(
            name=profile.name,
            version=1,
            defaults={"rules": to_json(profile), "content_hash": content_hash(profile), "note": note},
        )


class Migration(migrations.Migration):
    dependencies = [("complaints", "0008_sla_rule_sets")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
