"""Registration of the ground, and of the admin site behind our own sign-in."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class SiteConfig(AppConfig):
    name = "crm_site"
    verbose_name = "CRMIS"


class ConsoleAdminConfig(AdminConfig):
    """Stock admin, served by our site class: same sign-in, same policy table."""

    default_site = "crm_site.admin_site.ConsoleAdminSite"
