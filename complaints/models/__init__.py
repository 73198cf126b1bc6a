"""The nouns of a complaint."""

from complaints.models.clock import Clock
from complaints.models.complaint import Complaint, DailyNumber
from complaints.models.diary import DiaryEntry
from complaints.models.pause import Pause
from complaints.models.round import Assessment, Feedback, Round, SatisfactionContact

__all__ = [
    "Assessment",
    "Clock",
    "Complaint",
    "DailyNumber",
    "DiaryEntry",
    "Feedback",
    "Pause",
    "Round",
    "SatisfactionContact",
]
