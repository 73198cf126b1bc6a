"""The ground in the admin: staff, calendar, the visitors' book, job runs. One file a noun."""

from crm_site.admin import audit, calendar, jobs, staff

__all__ = ["audit", "calendar", "jobs", "staff"]
