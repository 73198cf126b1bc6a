"""The nouns of everything seen from above."""

from analytics.models.report import ReportRun
from analytics.models.ruleset import Calibration, ScoringModel
from analytics.models.run import Score, ScoreRun
from analytics.models.segment import Segment, SegmentCount, SegmentVersion

__all__ = [
    "Calibration",
    "ReportRun",
    "Score",
    "ScoreRun",
    "ScoringModel",
    "Segment",
    "SegmentCount",
    "SegmentVersion",
]
