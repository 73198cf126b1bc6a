"""``manage.py load_demo``: a fictional living bank, dated relative to today (only the top step sees every app)."""

from __future__ import annotations

import datetime
from random import Random
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.demo import learning
from analytics.demo.audiences import audiences
from analytics.demo.bank import bank
from analytics.demo.staff import staff
from analytics.demo.work import work
from complaints.models import Complaint
from crm_site import audit
from crm_site.env import PRODUCTION
from crm_site.management.base import Answer, JsonCommand, Refused
from crm_site.models import User
from crm_site.nights import run_night
from customers.actions import rebuilding
from customers.models import Customer, Transaction

SEED = 20250926


class Command(JsonCommand):
    """Load the demonstration bank into an empty database."""

    help = "Load a fictional demonstration bank into an empty database."

    def arguments(self, parser: CommandParser) -> None:
        """How much, and whether an existing bank is simply left alone."""
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there are accounts already")
        parser.add_argument("--customers", type=int, default=2000)
        parser.add_argument("--complaints", type=int, default=220)
        parser.add_argument("--no-night", action="store_true", help="leave out the nightly run")

    def answer(self, **options: Any) -> Answer:
        """Counts of what was made. Refused in production and when the database holds anything."""
        if PRODUCTION:
            raise Refused(_("The demonstration bank does not belong into production."))
        if User.objects.exists() or Customer.objects.exists():
            if options["if_empty"]:
                return {"loaded": False, "customers": Customer.objects.count()}
            raise Refused(_("There is a bank here already. The demonstration needs an empty database."))
        self.say(_("Making the demonstration bank; this takes about a minute."))
        now = timezone.now()
        self._load(now, options["customers"], options["complaints"])
        if not options["no_night"]:
            run_night(timezone.localdate(now) - datetime.timedelta(days=1))
        return {
            "loaded": True,
            "customers": Customer.objects.count(),
            "transactions": Transaction.objects.count(),
            "complaints": Complaint.objects.count(),
        }

    @transaction.atomic
    def _load(self, now: datetime.datetime, customers: int, complaints: int) -> None:
        random = Random(SEED)  # noqa: S311 - invented people, no secret
        people = staff()
        served = bank(random, count=customers, today=timezone.localdate(now), staff=people)
        work(random, staff=people, customers=served, now=now, matters=complaints)
        learning.improve(random, staff=people, now=now)
        audiences(people)
        rebuilding.rebuild()  # the stories are told at moments of the past, when the sums of later ones stood already
        Complaint.objects.update(is_demo=True)
        audit.record(
            by=None, action="demo.load", after={"customers": customers, "complaints": complaints, "seed": SEED}
        )
