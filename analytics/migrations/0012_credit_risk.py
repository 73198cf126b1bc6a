"""Credit risk is a classification: its version 1, in force, as the product comes with it (docs/decisions/0054)."""

from django.db import migrations, models
from django.utils import timezone

from analytics import class_rule_book as book

DIMENSIONS = [
    ("ASSET", "Asset size"),
    ("AGE", "Age"),
    ("OCCUPATION", "Occupation"),
    ("NEED", "Need"),
    ("LOYALTY", "Loyalty"),
    ("RISK", "Credit risk"),
    ("RFM", "Recency, frequency, monetary value"),
]


def seed(apps, schema_editor):
    """Rules of this dimension were never in force before; what somebody may have drafted long ago keeps its number."""
    rows = apps.get_model("analytics", "ClassRules").objects
    found = rows.filter(dimension="RISK")
    if found.filter(state="ACTIVE").exists():
        return
    content = book.default("RISK")
    rows.create(
        dimension="RISK",
        version=found.count() + 1,
        rules=content,
        content_hash=book.fingerprint("RISK", content),
        state="ACTIVE",
        activated_at=timezone.now(),
    )


class Migration(migrations.Migration):
    dependencies = [("analytics", "0011_risk_is_no_classification"), ("customers", "0019_credit_risk")]

    operations = [
        *(
            migrations.AlterField(
                model_name=name,
                name="dimension",
                field=models.CharField(choices=DIMENSIONS, max_length=10, verbose_name="dimension"),
            )
            for name in ("classmove", "classrules")
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
