"""Movements on a holding, and the rolling activity kept from them at import (performance 1, 8)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer
from customers.models.holding import Holding


class Transaction(models.Model):
    """One movement, keyed by the system it came from. Amounts are positive fen; direction says which way."""

    class Direction(models.TextChoices):
        IN = "IN", _("In")
        OUT = "OUT", _("Out")

    class Type(models.TextChoices):
        DEPOSIT = "DEPOSIT", _("Deposit")
        WITHDRAWAL = "WITHDRAWAL", _("Withdrawal")
        TRANSFER = "TRANSFER", _("Transfer")
        PURCHASE = "PURCHASE", _("Purchase")
        REDEMPTION = "REDEMPTION", _("Redemption")
        LOAN_DRAW = "LOAN_DRAW", _("Loan drawn")
        REPAYMENT = "REPAYMENT", _("Repayment")
        CARD_SPEND = "CARD_SPEND", _("Card payment")
        FEE = "FEE", _("Fee")
        INTEREST = "INTEREST", _("Interest")
        SALARY = "SALARY", _("Salary")
        OTHER = "OTHER", _("Other")

    holding = models.ForeignKey(Holding, models.CASCADE, related_name="transactions", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="transactions", db_index=False)
    posted_on = models.DateField(_("posted"))
    amount_fen = models.BigIntegerField(_("amount"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction.choices)
    type = models.CharField(_("kind"), max_length=10, choices=Type.choices)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    customer_initiated = models.BooleanField(_("started by the customer"), default=True)
    source_system = models.CharField(max_length=20)
    source_txn_id = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("transaction")
        verbose_name_plural = _("transactions")
        constraints = [
            models.UniqueConstraint(fields=["source_system", "source_txn_id"], name="one_transaction_a_source")
        ]
        indexes = [models.Index(fields=["customer", "-posted_on"])]

    def __str__(self) -> str:
        return f"{self.source_system}:{self.source_txn_id}"


class MonthlyActivity(models.Model):
    """One row a customer and month: sums in fen and counts, kept by every import from the rows it brought."""

    # the unique constraint is the index of this key
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="monthly_activity", db_index=False)
    month = models.DateField(_("month"))
    count = models.PositiveIntegerField(default=0)  # customer-initiated transactions
    amount_fen = models.BigIntegerField(default=0)  # their sum
    inflow_fen = models.BigIntegerField(default=0)  # everything that came in
    card_spend_fen = models.BigIntegerField(default=0)
    salary_fen = models.BigIntegerField(default=0)
    fee_fen = models.BigIntegerField(default=0)
    purchases = models.PositiveIntegerField(default=0)  # investment and wealth purchases
    days_mask = models.PositiveIntegerField(default=0)  # bit d−1 = a customer-initiated transaction on day d
    last_on = models.DateField(null=True)  # last customer-initiated day

    class Meta:
        verbose_name = _("monthly activity")
        verbose_name_plural = _("monthly activity")
        constraints = [models.UniqueConstraint(fields=["customer", "month"], name="one_activity_a_month")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.month:%Y-%m}"


class Activity(models.Model):
    """One row a customer: everything scoring reads, as it stands at the last complete month ``window_end``.

    Kept at import and rolled at month close by ``customers.actions.activity``; ``rebuild`` makes the same from raw
    rows. Money in fen, ratios in 1/10,000. ``changed_at`` is the watermark by which the nightly run finds who moved;
    whose facts have moved since their row was derived has an ``ActivityMark``.
    NULL means "not known", never zero.
    """

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="activity")
    window_end = models.DateField(null=True)  # first day of the last complete month
    count_12m = models.PositiveIntegerField(default=0)
    amount_12m_fen = models.BigIntegerField(default=0)
    inflow_12m_fen = models.BigIntegerField(default=0)
    card_spend_12m_fen = models.BigIntegerField(default=0)
    salary_12m_fen = models.BigIntegerField(default=0)
    salary_prior_12m_fen = models.BigIntegerField(default=0)
    fee_12m_fen = models.BigIntegerField(default=0)
    purchases_6m = models.PositiveIntegerField(default=0)
    active_months_12m = models.PositiveSmallIntegerField(default=0)
    active_days_90d = models.PositiveSmallIntegerField(null=True, default=0)  # up to the close of the window
    active_days_prior_90d = models.PositiveSmallIntegerField(null=True, default=0)  # the 90 days before those
    worst_mark_60d = models.PositiveSmallIntegerField(null=True)  # lowest rating, 0–100; later ones count as new
    months_since_salary = models.PositiveSmallIntegerField(null=True)
    last_active_on = models.DateField(null=True)
    last_transaction_on = models.DateField(null=True)  # of the customer's own; a product opened is one
    opened_on = models.DateField(null=True)
    open_holdings = models.PositiveSmallIntegerField(default=0)
    ever_holdings = models.PositiveSmallIntegerField(default=0)
    families_mask = models.PositiveSmallIntegerField(default=0)  # bit i = Product.Family in declaration order
    families_6m_new = models.PositiveSmallIntegerField(default=0)
    contracts_24m = models.PositiveSmallIntegerField(default=0)  # new contracts after the first
    unmatured_deposit = models.BooleanField(default=False)
    aum_fen = models.BigIntegerField(null=True)  # monthly daily average of window_end
    aum_3m_fen = models.BigIntegerField(null=True)
    aum_3m_prior_fen = models.BigIntegerField(null=True)  # the three months before those
    aum_3m_year_ago_fen = models.BigIntegerField(null=True)
    aum_best_12m_fen = models.BigIntegerField(null=True)
    aum_year_ago_fen = models.BigIntegerField(null=True)
    deposits_3m_fen = models.BigIntegerField(null=True)
    loans_fen = models.BigIntegerField(null=True)
    deposit_stable_months = models.PositiveSmallIntegerField(null=True)
    contribution_fen = models.BigIntegerField(null=True)  # estimated net contribution, 12 months
    referrals_24m = models.PositiveSmallIntegerField(default=0)
    new_needs_6m = models.PositiveSmallIntegerField(default=0)
    stated_need = models.CharField(max_length=12, blank=True)
    income_growth_bp = models.IntegerField(null=True)
    income_fen = models.BigIntegerField(null=True)
    dpd_24m = models.PositiveSmallIntegerField(null=True)
    debt_service_bp = models.PositiveIntegerField(null=True)
    rating = models.CharField(max_length=1, blank=True)
    occupation = models.CharField(max_length=20, blank=True)
    age_step = models.PositiveSmallIntegerField(null=True)  # lower bound of the age step reached, see customers.ages
    age_check_from = models.DateField(null=True)  # month in which the next step is reached
    closed = models.BooleanField(default=False)  # had holdings, all of them closed
    changed_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activity")
        indexes = [models.Index(fields=["age_check_from"]), models.Index(fields=["window_end"])]

    def __str__(self) -> str:
        return f"{self.customer_id}"


class ActivityMark(models.Model):
    """A customer whose facts have moved and whose Activity has not been derived from them yet.

    A table of its own, because a mark in the wide row would be written into each of its indexes, for every movement.
    """

    customer = models.OneToOneField(Customer, models.CASCADE, primary_key=True, related_name="activity_mark")

    class Meta:
        verbose_name = _("customer whose facts moved")
        verbose_name_plural = _("customers whose facts moved")

    def __str__(self) -> str:
        return f"{self.customer_id}"
