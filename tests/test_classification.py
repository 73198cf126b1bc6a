"""Every field of every model is classified, and kept the way its grade asks for (house §3, domain J.2)."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import models

from crm_site import classification

APPS = ("crm_site", "customers", "complaints", "campaigns", "analytics")


def models_of(app: str) -> list[type[models.Model]]:
    return list(apps.get_app_config(app).get_models())


def table_of(app: str) -> classification.Table:
    return import_module(f"{app}.classification").FIELDS


@pytest.mark.parametrize("app", APPS)
def test_no_field_is_unclassified(app: str) -> None:
    assert classification.unclassified(models_of(app), table_of(app)) == []


@pytest.mark.parametrize("app", APPS)
def test_no_name_is_without_its_field(app: str) -> None:
    assert classification.dead_names(models_of(app), table_of(app)) == []


@pytest.mark.parametrize("app", APPS)
def test_what_is_sealed_is_encrypted_and_nothing_else(app: str) -> None:
    assert classification.misplaced(models_of(app), table_of(app)) == []


def test_a_new_field_would_be_noticed() -> None:
    table = {"crm_site.team": {classification.Grade.INSIDE: "code gone"}}
    team = [apps.get_model("crm_site.team")]
    assert classification.unclassified(team, table) == ["crm_site.team.name", "crm_site.team.purpose"]
    assert classification.dead_names(team, table) == ["crm_site.team.gone"]


def test_a_sealed_field_graded_low_would_be_noticed() -> None:
    table = {"crm_site.draft": {classification.Grade.INSIDE: "data key saved_at"}}
    assert classification.misplaced([apps.get_model("crm_site.draft")], table) == ["crm_site.draft.data"]
