"""A score lives as long as the standing written with it: it needs no end and no fingerprint of its own."""

from django.db import migrations

PRINTS = """
    UPDATE customers_standing SET fingerprint = COALESCE(
        (SELECT s.fingerprint FROM analytics_score s
         WHERE s.customer_id = customers_standing.customer_id AND s.run_from = customers_standing.run_from), 0)
"""


class Migration(migrations.Migration):
    dependencies = [("analytics", "0002_first_model"), ("customers", "0006_what_a_night_writes")]

    operations = [
        migrations.RunSQL(PRINTS, migrations.RunSQL.noop),
        migrations.RemoveConstraint("score", "one_score_ends"),
        migrations.RemoveField("score", "fingerprint"),
        migrations.RemoveField("score", "run_to"),
    ]
