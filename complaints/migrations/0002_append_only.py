"""The diary of a complaint is only ever added to from here on."""

from django.db import migrations

from crm_site import append_only

TABLES = ("complaints_diaryentry",)


def install(apps, schema_editor):
    append_only.install(schema_editor.connection, TABLES)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection, TABLES)


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial"), ("crm_site", "0002_append_only")]

    operations = [migrations.RunPython(install, remove)]
