"""The ground's nouns."""

from crm_site.models.audit import AccessRecord, AccessSeal, AuditEvent, AuditHead
from crm_site.models.calendar import CalendarDay, CalendarYear
from crm_site.models.forms import Draft, FormToken
from crm_site.models.jobs import JobRun, JobShard
from crm_site.models.notice import Notice
from crm_site.models.staff import Department, Team, User

__all__ = [
    "AccessRecord",
    "AccessSeal",
    "AuditEvent",
    "AuditHead",
    "CalendarDay",
    "CalendarYear",
    "Department",
    "Draft",
    "FormToken",
    "JobRun",
    "JobShard",
    "Notice",
    "Team",
    "User",
]
