"""Children are looked at again when they turn fifteen too: their rows are derived once more."""

from django.db import migrations


def mark(apps, schema_editor):
    apps.get_model("customers", "Activity").objects.filter(age_step=0).update(window_end=None)


class Migration(migrations.Migration):
    dependencies = [("customers", "0016_damped_grades")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
