"""The bank's first scoring model (domain F.1–F.5). This table is also where each metric's unit is written down."""

from __future__ import annotations

from analytics.scoring_model import CODEBOOKS, Metric, ScoreModel, Transform, Unit
from customers.classes import Occupation

_AGE_POINTS = ((18, 60), (25, 90), (35, 100), (45, 75), (55, 45), (65, 25))
_LATE_POINTS = ((0, 100), (1, 70), (31, 40), (61, 20), (91, 0))
_RATING_POINTS = tuple(zip(CODEBOOKS[Unit.RATING], (100, 80, 60, 30, 0), strict=True))
_OCCUPATION_POINTS = (
    (Occupation.BUSINESS_OWNER.value, 90),
    (Occupation.MANAGER.value, 90),
    (Occupation.PROFESSIONAL.value, 85),
    (Occupation.STUDENT.value, 80),
    (Occupation.PRIVATE_EMPLOYEE.value, 65),
    (Occupation.CIVIL_SERVANT.value, 60),
    (Occupation.PUBLIC_INSTITUTION.value, 60),
    (Occupation.MILITARY.value, 60),
    (Occupation.FREELANCER.value, 55),
    (Occupation.WORKER.value, 55),
    (Occupation.FARMER.value, 45),
    (Occupation.RETIRED.value, 20),
    (Occupation.SOE_EMPLOYEE.value, 50),
    (Occupation.HOMEMAKER.value, 50),
    (Occupation.UNEMPLOYED.value, 50),
    (Occupation.OTHER.value, 50),
)  # who declined to say is missing, not "other"

_METRICS = (
    # contribution: net contribution, transaction amount and frequency of 12 months, product families held
    Metric("c1", "C", 5_000, Unit.FEN),
    Metric("c2", "C", 2_000, Unit.FEN),
    Metric("c3", "C", 2_000, Unit.COUNT),
    Metric("c4", "C", 1_000, Unit.COUNT),
    # satisfaction: the answers customers gave
    Metric("s1", "S", 10_000, Unit.ANSWERS, Transform.ANSWERS),
    # loyalty: repeat purchases and referrals of 24 months, tenure (up to 20 years), assets against last year, silence
    Metric("l1", "L", 3_000, Unit.COUNT),
    Metric("l2", "L", 1_500, Unit.COUNT, zero_is_zero=True),
    Metric("l3", "L", 2_000, Unit.DAYS, cap=7_305),
    Metric("l4", "L", 2_000, Unit.RATIO, cap=30_000),
    Metric("l5", "L", 1_500, Unit.DAYS, fewer_is_better=True),
    # growth: age and occupation, income year on year, new needs of 6 months, assets year on year
    Metric("g1", "G", 1_500, Unit.YEARS, Transform.STEPS, steps=_AGE_POINTS),
    Metric("g2", "G", 1_000, Unit.OCCUPATION, Transform.CODES, codes=_OCCUPATION_POINTS),
    Metric("g3", "G", 2_500, Unit.RATIO),
    Metric("g4", "G", 2_000, Unit.COUNT, zero_is_zero=True),
    Metric("g5", "G", 3_000, Unit.RATIO, tail=100),
    # risk, high is safe: days past due in 24 months, debt service against income, internal rating
    Metric("k1", "K", 4_000, Unit.DAYS, Transform.STEPS, steps=_LATE_POINTS),
    Metric("k2", "K", 3_000, Unit.RATIO, Transform.LINEAR, best=3_000, worst=8_000),
    Metric("k3", "K", 3_000, Unit.RATING, Transform.CODES, codes=_RATING_POINTS),
)

DEFAULT_V1 = ScoreModel(
    version="v1",
    weights=(3_500, 1_500, 2_000, 1_500, 1_500),
    metrics=_METRICS,
    waivers=("ONE_METRIC_S",),  # satisfaction has one source: what customers said
)
