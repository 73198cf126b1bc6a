"""The survey page a customer opens from a message: no sign-in, no customer data, one answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from campaigns.actions import surveys
from campaigns.forms import AnswerForm
from crm_site.errors import RuleBroken


def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the questions, take the answer. A wrong, used or expired token gets one neutral page."""
    invitation = surveys.find(token, now=timezone.now())
    if invitation is None:
        return render(request, "campaigns/survey_closed.html", status=404)
    form = AnswerForm(request.POST or None, survey=invitation.survey)
    if request.method == "POST" and form.is_valid():
        try:
            surveys.answer(token=token, given=form.given(), locale=get_language() or "")
        except RuleBroken:
            return render(request, "campaigns/survey_closed.html", status=409)
        return redirect(reverse("campaigns:thanks"))
    status = 422 if form.is_bound else 200
    return render(request, "campaigns/survey_answer.html", {"form": form, "invitation": invitation}, status=status)


def thanks(request: HttpRequest) -> HttpResponse:
    """Received; says nothing about who or what, so it may be shared or reloaded."""
    return render(request, "campaigns/survey_thanks.html")
