"""The building: staff, calendar, locks, visitors' book."""

from crm_site.celery import app as celery_app

__all__ = ["celery_app"]
