"""Papers for the complainant: the receipt with a code, in their language."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import override

from complaints import public_page, reach
from complaints.actions import access_codes, notices
from complaints.views.finding import find
from crm_site import audit, bank
from crm_site.models import AccessRecord
from crm_site.request import StaffRequest
from crm_site.shell import html_language


def receipt(request: StaffRequest, number: str) -> HttpResponse:
    """A sheet to hand over: number, day, and a new code that is shown this once."""
    complaint = find(request, number)
    code = access_codes.issue(by=request.user, complaint=complaint)
    audit.accessed(by=request.user, kind=AccessRecord.Kind.PRINT, obj=complaint, purpose="COMPLAINT")
    locale = reach.locale(complaint)
    with override(locale):
        matter = public_page.of(complaint)
    context = {
        "matter": matter,
        "code": code,
        "locale": locale,
        "html_lang": html_language(locale),
        "sender": bank.name(locale),
        "link": notices.status_link(),
    }
    return render(request, "complaints/complaint_receipt.html", context)
