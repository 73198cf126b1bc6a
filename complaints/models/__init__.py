"""The nouns of a complaint."""

from complaints.models.access_code import AccessCode
from complaints.models.accused import Accused
from complaints.models.attachment import Attachment, AttachmentContent
from complaints.models.authority import Authority
from complaints.models.batch import Batch, BatchRow
from complaints.models.cause import CauseDetail, RootCause
from complaints.models.clock import Clock
from complaints.models.comment import Comment
from complaints.models.complaint import Complaint, DailyNumber
from complaints.models.diary import DiaryEntry
from complaints.models.escalation import Escalation, Lateness
from complaints.models.export import Export
from complaints.models.gathering import Gathering, Membership
from complaints.models.improvement import Improvement
from complaints.models.merger import Merger
from complaints.models.origin import Origin
from complaints.models.participation import Participation
from complaints.models.pause import Pause
from complaints.models.plan import ActionItem, Plan
from complaints.models.presence import Presence
from complaints.models.recalculation import RecalcBatch, RecalcItem
from complaints.models.redress import Consent, Payment
from complaints.models.referral import Referral
from complaints.models.round import Assessment, Feedback, Round, SatisfactionContact
from complaints.models.ruleset import SlaRuleSet
from complaints.models.seat import Seat
from complaints.models.summary import SummaryReport
from complaints.models.taskforce import Meeting, Milestone, TaskForce
from complaints.models.view import SavedView

__all__ = [
    "AccessCode",
    "SummaryReport",
    "ActionItem",
    "Accused",
    "Assessment",
    "CauseDetail",
    "Attachment",
    "Authority",
    "AttachmentContent",
    "Batch",
    "BatchRow",
    "Clock",
    "Comment",
    "Complaint",
    "Consent",
    "DailyNumber",
    "DiaryEntry",
    "Export",
    "Escalation",
    "Feedback",
    "Improvement",
    "Gathering",
    "Membership",
    "Meeting",
    "Merger",
    "Milestone",
    "Origin",
    "Lateness",
    "Participation",
    "Presence",
    "Pause",
    "Payment",
    "Referral",
    "RootCause",
    "Plan",
    "RecalcBatch",
    "RecalcItem",
    "Round",
    "SatisfactionContact",
    "Seat",
    "SlaRuleSet",
    "SavedView",
    "TaskForce",
]
