"""Limits of other regulators, as data a bank can put in force (domain D.12; pure). None applies until it is activated.

What the language of the rules cannot say (short routes, hardship, acknowledgements the work keeps anyway) is left to
the note that stands beside each.
"""

from __future__ import annotations

from complaints.profiles import COMPLAINT, EVERY_SOURCE, Complexity, Kind, Profile, Rule, Unit

_PAYMENT = "PAYMENT"
_HARD = (Complexity.COMPLEX, Complexity.VERY_COMPLEX)


def _final(unit: Unit, n: int, complexity: Complexity | None = None, business: str | None = None) -> Rule:
    return Rule(Kind.REG_FINAL, unit, n, nature=COMPLAINT, complexity=complexity, business=business)


CN_CBRC_2012 = Profile(
    "CN_CBRC_2012",
    "1",
    (_final(Unit.WD, 15, Complexity.SIMPLE), _final(Unit.WD, 60)),
    sources=(EVERY_SOURCE,),
)
UK_FCA_DISP = Profile(
    "UK_FCA_DISP",
    "1",
    (
        _final(Unit.WD, 15, Complexity.SIMPLE, _PAYMENT),
        *(_final(Unit.WD, 35, complexity, _PAYMENT) for complexity in _HARD),
        _final(Unit.W, 8),
    ),
    sources=(EVERY_SOURCE,),
)
US_CFPB_PORTAL = Profile(
    "US_CFPB_PORTAL",
    "1",
    (_final(Unit.CD, 15, Complexity.SIMPLE), _final(Unit.CD, 60)),
    sources=("REGULATOR",),
)
AU_ASIC_RG271 = Profile("AU_ASIC_RG271", "1", (_final(Unit.CD, 30),), sources=(EVERY_SOURCE,))
EU_PSD2 = Profile(
    "EU_PSD2",
    "1",
    (_final(Unit.WD, 15, Complexity.SIMPLE, _PAYMENT), *(_final(Unit.WD, 35, c, _PAYMENT) for c in _HARD)),
    sources=(EVERY_SOURCE,),
)

OTHERS: dict[Profile, str] = {
    CN_CBRC_2012: "Notice of 2012, kept for matters of that time; replaced by CN_NFRA_2020_3.",
    UK_FCA_DISP: "DISP 1: eight weeks; payments and e-money 15 business days, 35 exceptionally. A matter resolved by "
    "the third business day may be answered by a summary resolution communication.",
    US_CFPB_PORTAL: "Complaints sent through the portal: 15 calendar days, 60 when still in progress.",
    AU_ASIC_RG271: "RG 271: 30 calendar days. Hardship (21 days) and superannuation (45 days) have their own.",
    EU_PSD2: "Directive (EU) 2015/2366 art. 101: payment services 15 business days, 35 exceptionally.",
}
"""Rule sets and what a person should know of each."""
