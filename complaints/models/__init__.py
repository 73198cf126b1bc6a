"""The nouns of a complaint."""

from complaints.models.cause import CauseDetail, RootCause
from complaints.models.clock import Clock
from complaints.models.complaint import Complaint, DailyNumber
from complaints.models.diary import DiaryEntry
from complaints.models.improvement import Improvement
from complaints.models.participation import Participation
from complaints.models.pause import Pause
from complaints.models.round import Assessment, Feedback, Round, SatisfactionContact

__all__ = [
    "Assessment",
    "CauseDetail",
    "Clock",
    "Complaint",
    "DailyNumber",
    "DiaryEntry",
    "Feedback",
    "Improvement",
    "Participation",
    "Pause",
    "RootCause",
    "Round",
    "SatisfactionContact",
]
