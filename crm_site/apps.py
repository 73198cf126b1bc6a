"""Registration of the ground, and of the admin site behind our own sign-in."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SiteConfig(AppConfig):
    name = "crm_site"
    verbose_name = "CRMIS"

    def ready(self) -> None:
        """The look-up ``among`` is known to every query, whoever has read its module in."""
        import_module("crm_site.bulk")


class ConsoleAdminConfig(AdminConfig):
    """Stock admin, served by our site class: same sign-in, same policy table."""

    default_site = "crm_site.admin_site.ConsoleAdminSite"
