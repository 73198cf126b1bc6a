"""Papers for the complainant, in their language: the receipt with a code, the letter with the result."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import override

from complaints import letters, public_page, reach
from complaints.actions import access_codes, notices
from complaints.models.authority import may_hear
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


def letter(request: StaffRequest, number: str) -> HttpResponse:
    """The result as a formal letter; 404 while there is none."""
    complaint = find(request, number)
    found = letters.of(complaint)
    if found is None:
        raise Http404
    audit.accessed(by=request.user, kind=AccessRecord.Kind.PRINT, obj=complaint, purpose="COMPLAINT", fields="letter")
    words = {name: getattr(found, name) for name in letters.Letter.__slots__}
    context = {
        **words,
        "complaint": complaint,
        "to_customer": not may_hear(complaint),
        "html_lang": html_language(found.locale),
        "link": notices.status_link(),
    }
    return render(request, "complaints/complaint_letter.html", context)
