"""Every row is derived once more by the next night: it does not say yet when the customer last moved money."""

from django.db import migrations


def mark(apps, schema_editor):
    apps.get_model("customers", "Activity").objects.filter(window_end__isnull=False).update(window_end=None)


class Migration(migrations.Migration):
    dependencies = [('customers', '0022_last_transaction')]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
