"""Doors of the customers app; ``home`` carries no namespace because it is everyone's first page."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from customers.views import acts, detail, edit, followups, listing, lookup, overrides

customer_patterns: list[URLPattern | URLResolver] = [
    path("customers/", listing.customers, name="list"),
    path("customers/lookup/", lookup.lookup, name="lookup"),
    path("customers/new/", edit.new, name="new"),
    path("customers/unknown-caller/", acts.unknown_caller, name="unknown_caller"),
    path("customers/<str:number>/", detail.detail, name="detail"),
    path("customers/<str:number>/edit/", edit.edit, name="edit"),
    path("customers/<str:number>/reveal/", acts.reveal, name="reveal"),
    path("customers/<str:number>/interactions/", acts.log, name="log"),
    path("customers/<str:number>/interactions/undo/<str:token>/", acts.undo, name="undo"),
    path("customers/<str:number>/consents/", acts.record_consent, name="consent"),
    path("customers/<str:number>/preferences/", acts.set_preference, name="preference"),
    path("customers/<str:number>/needs/", acts.record_need, name="need"),
    path("customers/<str:number>/needs/settle/", acts.settle_need, name="need_settle"),
    path("customers/<str:number>/next-step/later/", acts.step_later, name="step_later"),
    path("customers/<str:number>/next-step/unsuitable/", acts.step_unsuitable, name="step_unsuitable"),
    path("customers/<str:number>/classes/", overrides.propose, name="override"),
    path("customers/<str:number>/classes/step/", overrides.step, name="override_step"),
    path("customers/<str:number>/follow-ups/", followups.new, name="followup_new"),
    path("follow-ups/", followups.page, name="followups"),
    path("follow-ups/<str:ref>/keep/", followups.keep, name="followup_keep"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((customer_patterns, "customers"))),
]
