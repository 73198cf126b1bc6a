"""Comments and files of a complaint: written, attached, opened."""

from __future__ import annotations

import io
from collections.abc import Callable
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.actions import attachments, comments
from complaints.forms.notes import AttachForm, CommentForm
from complaints.models import Complaint
from complaints.views.finding import find
from crm_site import uploads
from crm_site.errors import RuleBroken
from crm_site.forms import CrmForm
from crm_site.request import StaffRequest
from crm_site.shell import toast
from customers.views.once import once, put


def comment(request: StaffRequest, number: str) -> HttpResponse:
    """A remark for colleagues; back to the complaint."""
    complaint = find(request, number)
    comments.require(request.user, complaint)
    form = CommentForm(request.POST or None, complaint=complaint, user=request.user)
    return _page(request, complaint, form, _("Comment for colleagues"), lambda: _write(request, complaint, form))


def attach(request: StaffRequest, number: str) -> HttpResponse:
    """A file to keep; back to the complaint."""
    complaint = find(request, number)
    comments.require(request.user, complaint)
    form = AttachForm(request.POST or None, request.FILES or None)
    return _page(request, complaint, form, _("Attach a file"), lambda: _keep(request, complaint, form))


def _page(
    request: StaffRequest, complaint: Complaint, form: CrmForm, title: str, act: Callable[[], str]
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request.user, form, f"note:{complaint.pk}", act))
        except RuleBroken as broken:
            put(form, broken)
    context = {"complaint": complaint, "form": form, "title": title}
    return render(request, "complaints/complaint_note.html", context, status=422 if form.errors else 200)


def _write(request: StaffRequest, complaint: Complaint, form: CrmForm) -> str:
    data = form.cleaned_data
    made = comments.write(by=request.user, complaint=complaint, text=data["text"], mentioned=data["mentioned"])
    toast(request, _("Comment kept"))
    return f"{reverse('complaints:detail', args=[complaint.number])}#comment-{made.pk}"


def _keep(request: StaffRequest, complaint: Complaint, form: CrmForm) -> str:
    file = form.cleaned_data["file"]
    content = file.read(uploads.MAX_BYTES + 1)
    attachments.attach(
        by=request.user, complaint=complaint, name=file.name, content=content, note=form.cleaned_data["note"]
    )
    toast(request, _("File kept"))
    return reverse("complaints:detail", args=[complaint.number])


def attachment(request: StaffRequest, number: str, uuid: UUID) -> FileResponse:
    """The file itself, only ever to be saved: a browser neither shows it nor runs anything in it."""
    complaint = find(request, number)
    kept = get_object_or_404(complaint.attachments.select_related("content"), uuid=uuid)
    content = io.BytesIO(attachments.opened(by=request.user, attachment=kept))
    kind = uploads.MEDIA_TYPES[kept.kind]
    response = FileResponse(content, as_attachment=True, filename=kept.name, content_type=kind)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
