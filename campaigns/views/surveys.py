"""What customers answered, for those who may see it."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from campaigns.models import SurveyResponse
from crm_site.request import StaffRequest


def surveys(request: StaffRequest) -> HttpResponse:
    """Answers, newest first, with the satisfaction mark; words only for those who may read them."""
    rows = SurveyResponse.objects.visible_to(request.user).with_marks()
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    return render(request, "campaigns/survey_list.html", {"page_obj": page})
