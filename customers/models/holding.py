"""What the customer holds with the bank: products, holdings, monthly balances (handbook 2/1.1.8(2); domain C.2)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm_site.encryption import BlindIndexField, EncryptedTextField
from customers.models.customer import Customer


class Product(models.Model):
    """Something the bank offers."""

    class Family(models.TextChoices):
        DEPOSIT = "DEPOSIT", _("Deposits")
        LOAN = "LOAN", _("Loans")
        INVESTMENT = "INVESTMENT", _("Investments")
        WEALTH = "WEALTH", _("Wealth products")
        CARD = "CARD", _("Cards")
        INSURANCE = "INSURANCE", _("Insurance")
        PAYMENT = "PAYMENT", _("Payments")
        OTHER = "OTHER", _("Other")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    family = models.CharField(_("family"), max_length=10, choices=Family.choices)
    risk = models.CharField(_("risk class"), max_length=2, blank=True)
    counts_in_aum = models.BooleanField(_("counts as assets"), default=True)
    active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["family", "code"]

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """One account or contract of one customer."""

    class Status(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("account", "Open")
        FROZEN = "FROZEN", _("Frozen")
        CLOSED = "CLOSED", pgettext_lazy("account", "Closed")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="holdings")
    product = models.ForeignKey(Product, models.PROTECT, related_name="holdings")
    account_no = EncryptedTextField(_("account number"))
    account_bidx = BlindIndexField(db_index=True)
    last4_bidx = BlindIndexField(db_index=True)
    opened_on = models.DateField(_("opened"))
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    maturity_on = models.DateField(_("matures"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")
    status = models.CharField(_("status"), max_length=6, choices=Status.choices, default=Status.OPEN)
    source_system = models.CharField(max_length=20)
    source_id = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("holding")
        verbose_name_plural = _("holdings")
        constraints = [models.UniqueConstraint(fields=["source_system", "source_id"], name="one_holding_a_source")]

    def __str__(self) -> str:
        return f"{self.source_system}:{self.source_id}"


class MonthlyBalance(models.Model):
    """Monthly daily average and month-end balance of one holding, in fen; loans are positive amounts owed."""

    holding = models.ForeignKey(Holding, models.CASCADE, related_name="balances")
    month = models.DateField(_("month"))
    average_fen = models.BigIntegerField(_("daily average"))
    end_fen = models.BigIntegerField(_("month end"))

    class Meta:
        verbose_name = _("monthly balance")
        verbose_name_plural = _("monthly balances")
        constraints = [models.UniqueConstraint(fields=["holding", "month"], name="one_balance_a_month")]

    def __str__(self) -> str:
        return f"{self.holding_id} {self.month:%Y-%m}"


class StandingOrder(models.Model):
    """A payment the customer has ordered to be made regularly."""

    holding = models.ForeignKey(Holding, models.CASCADE, related_name="standing_orders")
    amount_fen = models.BigIntegerField(_("amount"))
    counterparty_bank = models.CharField(_("bank"), max_length=20, blank=True)
    counterparty_account = EncryptedTextField(_("account"), blank=True)
    purpose = models.CharField(_("purpose"), max_length=20, blank=True)
    source_system = models.CharField(max_length=20)
    source_id = models.CharField(max_length=40)

    class Meta:
        verbose_name = _("standing order")
        verbose_name_plural = _("standing orders")
        constraints = [models.UniqueConstraint(fields=["source_system", "source_id"], name="one_order_a_source")]

    def __str__(self) -> str:
        return f"{self.source_system}:{self.source_id}"


class CreditRecord(models.Model):
    """What the risk system says of repayment (domain C.2); feeds the risk indicator only."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="credit_records")
    as_of = models.DateField(_("as of"))
    max_dpd_24m = models.PositiveSmallIntegerField(_("longest delay in days, 24 months"), null=True)
    debt_service_bp = models.PositiveIntegerField(_("debt-service ratio, basis points"), null=True)
    internal_rating = models.CharField(_("internal rating"), max_length=1, blank=True)
    source = models.CharField(max_length=20)

    class Meta:
        verbose_name = _("credit record")
        verbose_name_plural = _("credit records")
        constraints = [models.UniqueConstraint(fields=["customer", "as_of"], name="one_credit_record_a_day")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.as_of}"
