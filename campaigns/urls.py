"""Pages of this step."""

from __future__ import annotations

from django.urls import path

from campaigns.views import public, surveys

app_name = "campaigns"
urlpatterns = [
    path("surveys/", surveys.surveys, name="surveys"),
    path("s/thanks/", public.thanks, name="thanks"),
    path("s/<str:token>/", public.answer, name="answer"),
]
