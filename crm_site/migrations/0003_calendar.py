"""The statutory calendar the product is born with: official notices for 2007–2026, a provisional 2027.

Only dates and years that are not there yet are loaded, so an installation that keeps its own calendar loses nothing.
"""

from django.db import migrations

from crm_site.calendar_seed import read_seed


def load(calendar_year, calendar_day):
    seed = read_seed()
    calendar_year.objects.bulk_create(
        [calendar_year(year=y.year, official=y.official, notice=y.notice) for y in seed.years], ignore_conflicts=True
    )
    calendar_day.objects.bulk_create(
        [
            calendar_day(date=d.date, is_working=d.is_working, kind=d.kind, name=d.name, source=d.source)
            for d in seed.days
        ],
        ignore_conflicts=True,
    )


def forwards(apps, schema_editor):
    load(apps.get_model("crm_site", "CalendarYear"), apps.get_model("crm_site", "CalendarDay"))


class Migration(migrations.Migration):
    dependencies = [("crm_site", "0002_append_only")]

    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
