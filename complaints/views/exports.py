"""A list as a file: asked for, granted, fetched; and the register of all of it (R6.34, J.5, peers 124)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import listing
from complaints.actions import exports as verbs
from complaints.forms.exports import ExportForm
from complaints.models import Export
from complaints.models.export import FREE_ROWS
from complaints.views.queue.asked import Asked
from complaints.views.queue.page import chips
from complaints.views.queue.walking import asked_of
from crm_site import tables
from crm_site.errors import RuleBroken
from crm_site.models import User
from crm_site.request import StaffRequest
from crm_site.shell import toast

PER_PAGE = 25
SHOWN = 1000  # entries the register pages through
_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export(request: StaffRequest) -> HttpResponseBase:
    """What is asked before; a small list is sent at once, a large one waits for consent."""
    asked = Asked(request.user, request.GET, timezone.now())
    rows = asked.rows().order_by().count()
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = _ask(request, form, asked, rows)
        if made is not None and made.state == Export.State.APPROVED:
            return _send(request.user, made, asked, rows)
        if made is not None:
            toast(request, str(_("Asked for. It can be fetched here once it is granted.")))
            return redirect("complaints:exports")
    return render(request, "complaints/export.html", _page(form, asked, rows), status=422 if form.errors else 200)


def _ask(request: StaffRequest, form: ExportForm, asked: Asked, rows: int) -> Export | None:
    try:
        return verbs.ask(by=request.user, query=asked.query(saved=""), rows=rows, **form.cleaned_data)
    except RuleBroken as broken:
        form.add_error(broken.field, str(broken))
        return None


def _page(form: ExportForm, asked: Asked, rows: int) -> dict[str, Any]:
    return {
        "form": form,
        "fields": list(form.visible_fields()),
        "chips": chips(asked),
        "view_label": asked.label,
        "rows": rows,
        "large": rows > FREE_ROWS,
        "columns": listing.header(),
        "back": f"{reverse('complaints:list')}?{asked.query()}",
    }


def _send(user: User, made: Export, asked: Asked, rows: int) -> HttpResponseBase:
    """The file: exactly the rows of the list, in its order, made as it leaves."""
    verbs.fetch(by=user, export=made, rows=rows)
    lines = listing.lines(asked.rows(), user)
    name = f"complaints-{timezone.localdate(asked.now):%Y%m%d}-{made.pk}.{made.format}"
    if made.format == Export.Format.XLSX:
        return _workbook(lines, name)
    text = chain(["\ufeff"], tables.csv_lines(listing.header(), lines))
    return StreamingHttpResponse(_blocks(text), content_type=_CSV, headers=_attached(name))


def _attached(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def _blocks(lines: Iterator[str], size: int = 16_384) -> Iterator[bytes]:
    """Lines gathered to blocks: a server sends those faster."""
    block = ""
    for text in lines:
        block += text
        if len(block) >= size:
            yield block.encode()
            block = ""
    yield block.encode()


def _workbook(lines: Iterator[list[tables.Cell]], name: str) -> FileResponse:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        tables.write_xlsx(path, listing.header(), lines)
        opened = path.open("rb")  # stays readable when the folder is gone
    return FileResponse(opened, as_attachment=True, filename=name, content_type=_XLSX)


# --- the register ------------------------------------------------------------------------------------------------
def register(request: StaffRequest) -> HttpResponse:
    """Who took out what, why and with whose consent; what waits for mine."""
    entries = Export.objects.visible_to(request.user).select_related("by", "decided_by")
    page = Paginator(entries[:SHOWN], PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [_entry(entry, request, now) for entry in page]
    return render(request, "complaints/exports.html", {"page_obj": page, "rows": rows})


def _entry(entry: Export, request: StaffRequest, now: Any) -> dict[str, Any]:
    mine = entry.by_id == request.user.pk
    waits = entry.state == Export.State.ASKED
    return {
        "export": entry,
        "list": f"{reverse('complaints:list')}?{entry.query}",
        "fetch": mine and entry.ready(now),
        "decide": waits and not mine and request.user.has_role(*verbs.GRANTERS),
        "expired": entry.state == Export.State.APPROVED and not entry.ready(now),
    }


def _find(request: StaffRequest, ref: str) -> Export:
    return get_object_or_404(Export.objects.visible_to(request.user), ref=ref)


def decide(request: StaffRequest, ref: str) -> HttpResponse:
    """POST: grant it, or not."""
    granted = request.POST.get("granted") == "1"
    verbs.decide(by=request.user, export=_find(request, ref), granted=granted)
    toast(request, str(_("Granted for a day") if granted else _("Not granted")))
    return redirect("complaints:exports")


def fetch(request: StaffRequest, ref: str) -> HttpResponseBase:
    """POST: the file, once."""
    made = _find(request, ref)
    asked = asked_of(request, made.query)
    return _send(request.user, made, asked, asked.rows().order_by().count())
