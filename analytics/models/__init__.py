"""The nouns of everything seen from above."""

from analytics.models.ruleset import Calibration, ScoringModel
from analytics.models.run import Score, ScoreRun

__all__ = ["Calibration", "Score", "ScoreRun", "ScoringModel"]
