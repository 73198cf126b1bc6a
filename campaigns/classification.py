"""What each field of this app tells about a person (domain J.2)."""

from __future__ import annotations

from crm_site.classification import Grade, Table

FIELDS: Table = {
    "campaigns.survey": {Grade.INSIDE: "code version type mode state valid_days"},
    "campaigns.question": {Grade.INSIDE: "order kind text required"},
    "campaigns.invitation": {
        Grade.KEY: "token_hash",
        Grade.INSIDE: "state reason created_at expires_at completed_at",
    },
    "campaigns.surveyresponse": {Grade.DERIVED: "no_contact", Grade.INSIDE: "at locale"},
    "campaigns.answer": {Grade.SEALED: "text", Grade.DERIVED: "value"},
}
