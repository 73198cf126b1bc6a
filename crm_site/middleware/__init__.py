"""What every request passes through, in the order settings.MIDDLEWARE names."""

from crm_site.middleware.pages import CspReportMiddleware, NoStoreMiddleware, RuleBrokenMiddleware
from crm_site.middleware.policy import PolicyMiddleware
from crm_site.middleware.request_id import RequestIdMiddleware
from crm_site.middleware.session_age import SessionAgeMiddleware

__all__ = [
    "CspReportMiddleware",
    "NoStoreMiddleware",
    "PolicyMiddleware",
    "RequestIdMiddleware",
    "RuleBrokenMiddleware",
    "SessionAgeMiddleware",
]
