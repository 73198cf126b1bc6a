"""The visitors' book refuses changes from here on."""

from django.db import migrations

from crm_site import append_only


def install(apps, schema_editor):
    append_only.install(schema_editor.connection)


def remove(apps, schema_editor):
    append_only.remove(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("crm_site", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
