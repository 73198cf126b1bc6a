"""What a night compares to see who changed stands with the standing; organisations can be found without the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0005_customer_page")]

    operations = [
        migrations.AddField("standing", "fingerprint", models.BigIntegerField(default=0)),
        migrations.AddIndex(
            "customer",
            models.Index(condition=models.Q(("kind", "ORGANISATION")), fields=["id"], name="customer_organisations"),
        ),
    ]
