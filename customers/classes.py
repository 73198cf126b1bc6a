"""The codes of the classifications (handbook 3/1.1.13; domain E): stored by Standing, decided by analytics."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class AssetClass(TextChoices):
    HIGH = "HIGH", _("High net worth")
    MID = "MID", _("Mid net worth")
    ORDINARY = "ORDINARY", _("Ordinary")
    UNKNOWN = "UNKNOWN", _("Not known")


class AgeBand(TextChoices):
    MINOR = "MINOR", pgettext_lazy("age", "Minor")
    YOUNG = "YOUNG", _("Young")
    MIDDLE = "MIDDLE", _("Middle-aged")
    SENIOR = "SENIOR", _("Elderly")
    UNKNOWN = "UNKNOWN", _("Not known")


class OccupationGroup(TextChoices):
    PUBLIC = "PUBLIC", _("Public service")
    EMPLOYEE = "EMPLOYEE", _("Enterprise employee")
    OWNER = "OWNER", _("Business owner")
    FREELANCE = "FREELANCE", _("Freelancer")
    AGRICULTURE = "AGRICULTURE", _("Farming")
    STUDENT = "STUDENT", _("Student")
    RETIRED = "RETIRED", _("Retired")
    HOMEMAKER = "HOMEMAKER", _("Homemaker")
    UNEMPLOYED = "UNEMPLOYED", _("Not employed")
    OTHER = "OTHER", _("Other occupation")
    UNKNOWN = "UNKNOWN", _("Not known")


class NeedType(TextChoices):
    INVESTMENT = "INVESTMENT", _("Investment")
    CONSUMPTION = "CONSUMPTION", _("Consumption")
    SAVINGS = "SAVINGS", _("Savings")
    MIXED = "MIXED", _("Mixed needs")
    UNKNOWN = "UNKNOWN", _("Not known")


class LoyaltyClass(TextChoices):
    LOYAL = "LOYAL", _("Loyal")
    POTENTIAL = "POTENTIAL", _("Potentially loyal")
    LOST = "LOST", _("Lost")
    UNKNOWN = "UNKNOWN", _("Not known")


class CreditRisk(TextChoices):
    """How likely a customer cannot repay; for staff alone (docs/decisions/0054)."""

    LOW = "LOW", pgettext_lazy("risk", "Low")
    MEDIUM = "MEDIUM", pgettext_lazy("risk", "Medium")
    HIGH = "HIGH", pgettext_lazy("risk", "High")
    UNKNOWN = "UNKNOWN", _("Not known")


# What a standing calls each of the five that may be set by hand, and its codes.
DIMENSIONS: dict[str, type[TextChoices]] = {
    "asset_class": AssetClass,
    "age_band": AgeBand,
    "occupation_group": OccupationGroup,
    "need_type": NeedType,
    "loyalty": LoyaltyClass,
}


class Flag(TextChoices):
    """What is said beside the classes (domain E.1, E.2, E.5)."""

    NEW = "NEW", _("New customer")
    AT_RISK = "AT_RISK", _("At risk of leaving")
    WON_BACK = "WON_BACK", _("Won back")
    GOLD = "GOLD", _("Gold")
    SUITABILITY_65 = "SUITABILITY_65", _("65 or older: special care with risky products")


class RiskTrigger(TextChoices):
    """What puts a loyal or potentially loyal customer at risk (domain E.5); their order is that of the stored bits."""

    ASSETS = "ASSETS", _("assets fell sharply within three months")
    ACTIVITY = "ACTIVITY", _("active on half as many days as in the 90 days before, or fewer")
    SALARY = "SALARY", _("no salary has come for two months")
    LOW_MARK = "LOW_MARK", _("gave a mark of 1 or 2 of 5 within 60 days")
    UNSATISFIED = "UNSATISFIED", _("a complaint ended without agreement within 90 days")


class Grade(TextChoices):
    """Grades of the value score (domain F.5)."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"
    D = "D", "D"
    E = "E", "E"


class Confidence(TextChoices):
    """How much of a score rests on data (domain F.4)."""

    HIGH = "HIGH", _("High")
    MEDIUM = "MEDIUM", _("Medium")
    LOW = "LOW", _("Low")
    INSUFFICIENT = "INSUFFICIENT", _("Not enough data")


class Occupation(TextChoices):
    """Occupation codes of domain E.3."""

    CIVIL_SERVANT = "CIVIL_SERVANT", _("Civil servant")
    PUBLIC_INSTITUTION = "PUBLIC_INSTITUTION", _("Public institution (teacher, doctor)")
    SOE_EMPLOYEE = "SOE_EMPLOYEE", _("State enterprise employee")
    PRIVATE_EMPLOYEE = "PRIVATE_EMPLOYEE", _("Private or foreign enterprise employee")
    PROFESSIONAL = "PROFESSIONAL", _("Professional (lawyer, accountant, IT)")
    MANAGER = "MANAGER", _("Enterprise manager")
    BUSINESS_OWNER = "BUSINESS_OWNER", _("Business owner or self-employed trader")
    FREELANCER = "FREELANCER", _("Freelancer or flexible work")
    WORKER = "WORKER", _("Production, transport or service worker")
    FARMER = "FARMER", _("Farming, forestry, fishery")
    MILITARY = "MILITARY", _("Military")
    STUDENT = "STUDENT", _("Student")
    RETIRED = "RETIRED", _("Retired")
    HOMEMAKER = "HOMEMAKER", _("Homemaker")
    UNEMPLOYED = "UNEMPLOYED", _("Not employed")
    OTHER = "OTHER", _("Other occupation")
    REFUSED = "REFUSED", _("Declined to say")


GROUP_OF: dict[str, OccupationGroup] = {
    Occupation.CIVIL_SERVANT: OccupationGroup.PUBLIC,
    Occupation.PUBLIC_INSTITUTION: OccupationGroup.PUBLIC,
    Occupation.MILITARY: OccupationGroup.PUBLIC,
    Occupation.SOE_EMPLOYEE: OccupationGroup.EMPLOYEE,
    Occupation.PRIVATE_EMPLOYEE: OccupationGroup.EMPLOYEE,
    Occupation.PROFESSIONAL: OccupationGroup.EMPLOYEE,
    Occupation.MANAGER: OccupationGroup.EMPLOYEE,
    Occupation.WORKER: OccupationGroup.EMPLOYEE,
    Occupation.BUSINESS_OWNER: OccupationGroup.OWNER,
    Occupation.FREELANCER: OccupationGroup.FREELANCE,
    Occupation.FARMER: OccupationGroup.AGRICULTURE,
    Occupation.STUDENT: OccupationGroup.STUDENT,
    Occupation.RETIRED: OccupationGroup.RETIRED,
    Occupation.HOMEMAKER: OccupationGroup.HOMEMAKER,
    Occupation.UNEMPLOYED: OccupationGroup.UNEMPLOYED,
    Occupation.OTHER: OccupationGroup.OTHER,
}

# Lower bounds at which the age band (E.2) or the age points (F.2 g1) change; kept in clear on Activity instead of the
# birth date, which stays sealed.
AGE_STEPS = (0, 15, 18, 25, 35, 36, 45, 55, 60, 65)
