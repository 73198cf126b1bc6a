"""What a saved segment may ask of customers. Nothing that is kept sealed stands here, and a test sees to that."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from analytics.audience_rules import Book, Field, Kind
from crm_site.errors import Text
from crm_site.models import Department
from customers import classes
from customers.models import Consent, ContactPoint, Customer, Product

UNKNOWN = "UNKNOWN"
_STANDING, _PERSON, _MONEY = _("Classes and value"), _("The customer"), _("Products and activity")
_TALK = _("Complaints and contact")


def _known(choices: Iterable[tuple[str, Text]]) -> dict[str, Text]:
    return {code: label for code, label in choices if code != UNKNOWN}


def _many(has: Text, has_none: Text) -> dict[str, Text]:
    return {"any": has, "every": has, "none": has_none}


_GONE = (Customer.Status.MERGED, Customer.Status.ERASED)  # in no segment
_LIVING = {code: label for code, label in Customer.Status.choices if code not in _GONE}
_ASKED = {code: label for code, label in Consent.Purpose.choices if code != Consent.Purpose.SERVICE}

_FIELDS = (
    Field("asset_class", _("asset class"), Kind.CHOICE, _known(classes.AssetClass.choices), chapter=_STANDING),
    Field("age_band", _("age band"), Kind.CHOICE, _known(classes.AgeBand.choices), chapter=_STANDING),
    Field(
        "occupation_group",
        _("occupation group"),
        Kind.CHOICE,
        _known(classes.OccupationGroup.choices),
        chapter=_STANDING,
    ),
    Field("need_type", _("need type"), Kind.CHOICE, _known(classes.NeedType.choices), chapter=_STANDING),
    Field("loyalty", _("loyalty class"), Kind.CHOICE, _known(classes.LoyaltyClass.choices), chapter=_STANDING),
    Field("credit_risk", _("credit risk"), Kind.CHOICE, _known(classes.CreditRisk.choices), chapter=_STANDING),
    Field(
        "flags",
        _("flag"),
        Kind.MANY,
        dict(classes.Flag.choices),
        said=_many(_("is marked “%(values)s”"), _("is not marked “%(values)s”")),
        chapter=_STANDING,
    ),
    Field(
        "risk",
        _("risk trigger"),
        Kind.MANY,
        dict(classes.RiskTrigger.choices),
        said=_many(_("is at risk because “%(values)s”"), _("is not at risk because “%(values)s”")),
        chapter=_STANDING,
    ),
    Field("grade", _("value grade"), Kind.CHOICE, dict(classes.Grade.choices), chapter=_STANDING),
    Field("score", _("value score"), Kind.SCORE, chapter=_STANDING),
    Field("status", _("customer status"), Kind.CHOICE, _LIVING, maybe=False, chapter=_PERSON),
    Field("kind", _("kind of customer"), Kind.CHOICE, dict(Customer.Kind.choices), maybe=False, chapter=_PERSON),
    Field("region", _("region code"), Kind.CODES, chapter=_PERSON),
    Field("opened_on", _("customer since"), Kind.DATE, chapter=_PERSON),
    Field("aum", _("assets in the last full month"), Kind.MONEY, chapter=_MONEY),
    Field(
        "families",
        _("products held"),
        Kind.MANY,
        dict(Product.Family.choices),
        said=_many(_("holds %(values)s"), _("does not hold %(values)s")),
        chapter=_MONEY,
    ),
    Field("inactive", _("time since the last own transaction"), Kind.DAYS, chapter=_MONEY),
    Field(
        "open_complaint",
        _("open complaint"),
        Kind.YES,
        maybe=False,
        said={"yes": _("has an open complaint"), "no": _("has no open complaint")},
        chapter=_TALK,
    ),
    Field(
        "complaint",
        _("complaint within a time"),
        Kind.RECENT,
        maybe=False,
        said={
            "yes": _("complained within the last %(low)s"),
            "no": _("did not complain within the last %(low)s"),
        },
        chapter=_TALK,
    ),
    Field("consent", _("consent"), Kind.CONSENT, _ASKED, dict(Consent.Channel.choices), maybe=False, chapter=_TALK),
    Field("channel", _("preferred channel"), Kind.CHOICE, dict(ContactPoint.Type.choices), chapter=_TALK),
    Field(
        "no_contact",
        _("asked not to be contacted"),
        Kind.YES,
        maybe=False,
        said={"yes": _("asked not to be contacted"), "no": _("did not ask to be left alone")},
        chapter=_TALK,
    ),
)

FIELDS: dict[str, Field] = {one.code: one for one in _FIELDS}
"""Every field but the home branch, whose names are rows."""


def book() -> Book:
    """Every field by its code, branches as they are now; one query."""
    names = Department.objects.filter(kind=Department.Kind.BRANCH).order_by("code").values_list("code", "name")
    return FIELDS | {"branch": Field("branch", _("home branch"), Kind.CHOICE, dict(names), chapter=_PERSON)}
