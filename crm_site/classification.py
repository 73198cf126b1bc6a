"""Every field is classified: what it tells about a person, and how it is kept and shown (house §3; domain J.2; pure).

Each app has a ``classification.py`` with ``FIELDS``: model label → grade → names of fields. Links to other rows and
blind indexes classify themselves; everything else has to be named. A test fails on any field that is not, and on any
name without a field; another one holds the table against the way the column is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from django.db import models

from crm_site.encryption import BlindIndexField, EncryptedTextField


class Grade(StrEnum):
    """What a field is worth to somebody who should not have it (JR/T 0171)."""

    SEALED = "C2 sealed"  # identifies a person or is their own words: encrypted, covered, revealed for a purpose
    SPECIAL = "C2 special"  # health, distress, special care: a right of its own
    FINANCE = "C2 finance"  # amounts: for who may see money, banded elsewhere
    DERIVED = "C1 derived"  # says something about a person, by role: class, mark, date of an event
    STAFF = "C1 staff"  # about people who work here
    KEY = "key"  # keyed hash of a sealed value
    INSIDE = "inside"  # the bank's own: says nothing about a person by itself


Table = Mapping[str, Mapping[Grade, str]]
PERSONAL = frozenset({Grade.SEALED, Grade.SPECIAL, Grade.FINANCE})

FIELDS: Table = {
    "crm_site.audithead": {Grade.INSIDE: "seq hash"},
    "crm_site.auditevent": {
        Grade.STAFF: "actor_id actor role ip",
        Grade.INSIDE: "seq at action object_type object_id before after reason request_id hash_version prev_hash hash",
    },
    "crm_site.accessrecord": {
        Grade.STAFF: "actor_id actor ip",
        Grade.KEY: "term_hash",
        Grade.INSIDE: "at kind object_type object_id fields purpose reason results request_id",
    },
    "crm_site.accessseal": {Grade.INSIDE: "first_id last_id count root audit_seq"},
    "crm_site.calendaryear": {Grade.INSIDE: "year official notice revision changed_at"},
    "crm_site.calendarday": {Grade.INSIDE: "date is_working kind name source"},
    "crm_site.formtoken": {Grade.INSIDE: "token form used_at result_url"},
    "crm_site.doorcount": {Grade.INSIDE: "since count"},
    "crm_site.draft": {Grade.SEALED: "data", Grade.INSIDE: "key saved_at"},
    "crm_site.jobrun": {
        Grade.INSIDE: "job business_date slot state attempts lease_owner lease_until heartbeat_at started_at "
        "finished_at checkpoint counts error warning"
    },
    "crm_site.jobshard": {Grade.INSIDE: "first_id last_id state lease_owner lease_until counts"},
    "crm_site.notice": {
        Grade.STAFF: "read_at acked_at",
        Grade.INSIDE: "kind title values about_kind about_no at deliver_at needs_ack dedupe_key",
    },
    "crm_site.department": {Grade.INSIDE: "code name kind active"},
    "crm_site.team": {Grade.INSIDE: "code name purpose"},
    "crm_site.user": {
        Grade.STAFF: "username first_name last_name email employee_no display_name roles skills status extension "
        "last_login date_joined",
        Grade.KEY: "password",
        Grade.INSIDE: "is_superuser is_staff is_active is_demo",
    },
}


def _is_link(field: models.Field[object, object]) -> bool:
    return field.is_relation or (field.primary_key and isinstance(field, models.AutoField))


def to_classify(model: type[models.Model]) -> dict[str, models.Field[object, object]]:
    """The fields of a model that the table has to name."""
    fields = {field.name: field for field in model._meta.concrete_fields}
    return {name: f for name, f in fields.items() if not _is_link(f) and not isinstance(f, BlindIndexField)}


def grades(model: type[models.Model], table: Table) -> dict[str, Grade]:
    """Field → grade as the table says."""
    rows = table.get(model._meta.label_lower, {})
    return {name: grade for grade, names in rows.items() for name in names.split()}


def unclassified(models_: Iterable[type[models.Model]], table: Table) -> list[str]:
    """Fields the table does not name."""
    return [
        f"{model._meta.label_lower}.{name}"
        for model in models_
        for name in to_classify(model)
        if name not in grades(model, table)
    ]


def dead_names(models_: Iterable[type[models.Model]], table: Table) -> list[str]:
    """Names in the table that no field has."""
    known = {model._meta.label_lower: model for model in models_}
    gone = [label for label in table if label not in known]
    extra = [
        f"{label}.{name}"
        for label, model in known.items()
        for name in grades(model, table)
        if name not in to_classify(model)
    ]
    return gone + extra


def misplaced(models_: Iterable[type[models.Model]], table: Table) -> list[str]:
    """Fields whose column is sealed and whose grade is not, or the other way round."""
    return [
        f"{model._meta.label_lower}.{name}"
        for model in models_
        for name, field in to_classify(model).items()
        if isinstance(field, EncryptedTextField) != (grades(model, table).get(name) is Grade.SEALED)
    ]
