from typing import Any

from django.db import migrations, models

FILLED = 90  # per cent of a page


def leave_room(apps: Any, schema_editor: Any) -> None:
    """PostgreSQL writes the new version of a row beside the old one, touching no index, where the page has room."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE customers_standing SET (fillfactor = {FILLED})")


def fill_again(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE customers_standing RESET (fillfactor)")


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0025_standings_by_run"),
    ]

    operations = [
        migrations.AddField(
            model_name="publishedrun",
            name="since_no",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RemoveConstraint(
            model_name="standing",
            name="one_standing_ends",
        ),
        migrations.AddIndex(
            model_name="standing",
            index=models.Index(fields=["run_from", "customer"], name="standing_by_run"),
        ),
        migrations.RunPython(leave_room, fill_again),
    ]
