"""The nouns of a complaint."""

from complaints.models.batch import Batch, BatchRow
from complaints.models.clock import Clock
from complaints.models.complaint import Complaint, DailyNumber
from complaints.models.diary import DiaryEntry
from complaints.models.origin import Origin
from complaints.models.participation import Participation
from complaints.models.pause import Pause
from complaints.models.round import Assessment, Feedback, Round, SatisfactionContact
from complaints.models.ruleset import SlaRuleSet

__all__ = [
    "Assessment",
    "Batch",
    "BatchRow",
    "Clock",
    "Complaint",
    "DailyNumber",
    "DiaryEntry",
    "Feedback",
    "Origin",
    "Participation",
    "Pause",
    "Round",
    "SatisfactionContact",
    "SlaRuleSet",
]
