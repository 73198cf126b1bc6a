"""The nouns of everything seen from above."""

from analytics.models.move import ClassMove
from analytics.models.report import ReportRun
from analytics.models.rfm import RfmMark, RfmRun
from analytics.models.ruleset import Calibration, ClassRules, RuleState, RuleVersion, ScoringModel
from analytics.models.run import Score, ScoreRun
from analytics.models.segment import Segment, SegmentCount, SegmentVersion
from analytics.models.suggestion import SuggestionAnswer, SuggestionModel

__all__ = [
    "Calibration",
    "ClassMove",
    "ClassRules",
    "ReportRun",
    "RfmMark",
    "RfmRun",
    "RuleState",
    "RuleVersion",
    "Score",
    "ScoreRun",
    "ScoringModel",
    "Segment",
    "SegmentCount",
    "SegmentVersion",
    "SuggestionAnswer",
    "SuggestionModel",
]
