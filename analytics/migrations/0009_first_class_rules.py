"""Version 1 of every classification; by itself, since PostgreSQL makes no index behind rows of the same transaction."""

from django.db import migrations
from django.utils import timezone

from analytics import class_rule_book as book


def seed(apps, schema_editor):
    """Version 1 of every classification, in force: what the product comes with."""
    rows = apps.get_model("analytics", "ClassRules").objects
    for dimension in ("ASSET", "AGE", "OCCUPATION", "NEED", "LOYALTY"):
        content = book.default(dimension)
        values = {"rules": content, "content_hash": book.fingerprint(dimension, content)}
        values |= {"state": "ACTIVE", "activated_at": timezone.now()}
        if not rows.filter(dimension=dimension).exists():
            rows.create(dimension=dimension, version=1, **values)


class Migration(migrations.Migration):
    dependencies = [("analytics", "0008_saved_segments")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
