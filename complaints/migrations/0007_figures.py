"""What figures are counted on: days to the answer, dates without pauses, how a matter stood after each step."""

import datetime

from django.db import migrations, models
from django.db.models import F
from django.utils import timezone

from crm_site import append_only, workdays

BATCH, MINE = 2000, "complaints"


def _calendar(apps):
    days, years = apps.get_model("crm_site", "CalendarDay"), apps.get_model("crm_site", "CalendarYear")
    rows = days.objects.values_list("date", "is_working", "name", "kind")
    official = years.objects.filter(official=True).values_list("year", flat=True)
    return workdays.Calendar({day: workdays.DayException(works, name, kind) for day, works, name, kind in rows}, official)


def _took(round_, calendar):
    received, answered = timezone.localdate(round_.received_at), timezone.localdate(round_.fed_back_at)
    round_.took_days = max(0, calendar.between(received, answered))
    round_.took_calendar_days = max(0, (answered - received).days)
    return round_


def _gross(clock, calendar):
    day = clock.follow_up.due_on
    while calendar.between(day, clock.follow_up.due_on) < clock.shift:
        day -= datetime.timedelta(days=1)
    clock.gross_at = clock.follow_up.due_at - (clock.follow_up.due_on - day)
    return clock


def _in_batches(rows, change, fields):
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = batch[-1].pk
        rows.model.objects.bulk_update([change(row) for row in batch], fields)


def fill(apps, schema_editor):
    """Rows from before these columns."""
    calendar = _calendar(apps)
    rounds = apps.get_model(MINE, "Round").objects.exclude(fed_back_at=None)
    _in_batches(rounds.filter(fed_back_at__gte=F("received_at")), lambda row: _took(row, calendar), ["took_days", "took_calendar_days"])
    paused = apps.get_model(MINE, "Clock").objects.filter(shift__gt=0, unit="WD").select_related("follow_up")
    _in_batches(paused, lambda row: _gross(row, calendar), ["gross_at"])


def guard(apps, schema_editor):
    append_only.install(schema_editor.connection, ("complaints_diaryentry",))


class Migration(migrations.Migration):
    dependencies = [("complaints", "0006_participations"), ("crm_site", "0004_cache_table"), ("customers", "0008_promise_cancelled")]

    operations = [
        migrations.AddField(
            model_name='clock',
            name='gross_at',
            field=models.DateTimeField(null=True, verbose_name='due before, had there been no pause'),
        ),
        migrations.AddField(
            model_name='diaryentry',
            name='cause',
            field=models.CharField(max_length=30, null=True, verbose_name='cause'),
        ),
        migrations.AddField(
            model_name='diaryentry',
            name='level',
            field=models.PositiveSmallIntegerField(null=True, verbose_name='level'),
        ),
        migrations.AddField(
            model_name='diaryentry',
            name='nature',
            field=models.CharField(max_length=12, null=True, verbose_name='nature'),
        ),
        migrations.AddField(
            model_name='round',
            name='took_calendar_days',
            field=models.PositiveSmallIntegerField(null=True, verbose_name='calendar days to the answer'),
        ),
        migrations.AddField(
            model_name='round',
            name='took_days',
            field=models.PositiveSmallIntegerField(null=True, verbose_name='working days to the answer'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('gross_at__isnull', False)), fields=['gross_at'], name='clock_gross'),
        ),
        migrations.AddIndex(
            model_name='diaryentry',
            index=models.Index(condition=models.Q(('verb', 'change_level')), fields=['at'], name='diary_level_changes'),
        ),
        migrations.AddIndex(
            model_name='feedback',
            index=models.Index(fields=['at'], name='feedback_at'),
        ),
        migrations.AddIndex(
            model_name='round',
            index=models.Index(fields=['fed_back_at'], name='round_fed_back'),
        ),
        migrations.AddIndex(
            model_name='round',
            index=models.Index(condition=models.Q(('no__gt', 1)), fields=['received_at'], name='round_again'),
        ),
        migrations.AddIndex(
            model_name='satisfactioncontact',
            index=models.Index(fields=['at'], name='satisfaction_at'),
        ),
        migrations.RunPython(guard, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
