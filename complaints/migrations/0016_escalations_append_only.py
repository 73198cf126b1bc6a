"""Warnings told are only ever added to; promises made before there was a ladder are looked at by the next sweep."""

from django.db import migrations
from django.utils import timezone

from crm_site import append_only

TABLES = ("complaints_escalation",)
KINDS = ("FEEDBACK", "ASSESS", "PROGRESS")


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection, TABLES)


def look(apps, schema_editor):
    open_ones = apps.get_model("complaints.Clock").objects.filter(kind__in=KINDS, follow_up__state="OPEN")
    open_ones.update(ladder_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("complaints", "0015_escalations"), ("crm_site", "0002_append_only")]

    operations = [
        migrations.RunPython(install, remove),
        migrations.RunPython(look, migrations.RunPython.noop),
    ]
