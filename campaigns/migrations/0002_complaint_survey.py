"""The survey asked after a closed complaint: satisfaction, solved or not, words (domain G.2; handbook 6/1.1.31)."""

from django.db import migrations

QUESTIONS = [
    (1, "CSAT5", "How satisfied are you with the outcome?", True),
    (2, "SOLVED", "Is the problem solved?", True),
    (3, "TEXT", "Anything you want to tell us?", False),
]


def seed(apps, schema_editor):
    survey, _created = apps.get_model("campaigns", "Survey").objects.get_or_create(
        code="complaint-csat",
        version=1,
        defaults={"type": "COMPLAINT", "mode": "IDENTIFIED", "state": "OPEN", "valid_days": 14},
    )
    for order, kind, text, required in QUESTIONS:
        apps.get_model("campaigns", "Question").objects.get_or_create(
            survey=survey, order=order, defaults={"kind": kind, "text": text, "required": required}
        )


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
