"""The table of the counters that guard the door; they live in the database, so that no page waits for Redis."""

from django.core.management import call_command
from django.db import migrations


def create(apps, schema_editor):
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def remove(apps, schema_editor):
    schema_editor.execute("DROP TABLE IF EXISTS crm_site_cache")


class Migration(migrations.Migration):
    dependencies = [("crm_site", "0003_calendar")]

    operations = [migrations.RunPython(create, remove)]
