"""What each field of this app tells about a person (domain J.2)."""

from __future__ import annotations

from crm_site.classification import Grade, Table

FIELDS: Table = {
    "complaints.complaint": {
        Grade.SEALED: "complainant_name complainant_contact content desired_outcome core_issue",
        Grade.SPECIAL: "vulnerable",
        Grade.FINANCE: "disputed_fen",
        Grade.DERIVED: "subject relation language",
        Grade.INSIDE: "number nature state level proposed_level channel source external_ref forwarded_on recording "
        "received_at registered_at "
        "business cause referred_to closed_at paused_at restricted is_demo version",
    },
    "complaints.accesscode": {Grade.KEY: "code_hash", Grade.INSIDE: "issued_at expires_at used_at"},
    "complaints.authority": {Grade.SEALED: "words", Grade.INSIDE: "kind seen_on valid_until at"},
    "complaints.accused": {Grade.SEALED: "reason", Grade.INSIDE: "named_at lifted_at"},
    "complaints.gathering": {Grade.INSIDE: "number kind title cause opened_at settled_at"},
    "complaints.membership": {Grade.INSIDE: "representative_no linked_at told_at refused"},
    "complaints.merger": {Grade.INSIDE: "at state_before received_before ended dated target_version undone_at"},
    "complaints.dailynumber": {Grade.INSIDE: "prefix day last"},
    "complaints.round": {
        Grade.INSIDE: "no reason received_at level complexity fed_back_at took_days took_calendar_days closed_at "
        "outcome"
    },
    "complaints.assessment": {Grade.INSIDE: "factors points suggested decided deviation_reason at"},
    "complaints.feedback": {
        Grade.SEALED: "content",
        Grade.FINANCE: "redress_fen",
        Grade.INSIDE: "at channel reached served decision routes_told",
    },
    "complaints.satisfactioncontact": {
        Grade.SEALED: "comment",
        Grade.DERIVED: "satisfaction accepted",
        Grade.INSIDE: "at reached",
    },
    "complaints.clock": {
        Grade.INSIDE: "kind profile profile_version calendar_version unit n shift gross_at anchor_at original_due_on "
        "missed trace ladder_at"
    },
    "complaints.participation": {
        Grade.SEALED: "task answer",
        Grade.INSIDE: "invited_at answered_at bounced_at bounce_reason chased_at",
    },
    "complaints.plan": {
        Grade.SEALED: "findings cause_text measures customer_message",
        Grade.FINANCE: "redress_fen",
        Grade.INSIDE: "version status redress_type written_at submitted_at decided_at decision_reason",
    },
    "complaints.actionitem": {Grade.SEALED: "text evidence", Grade.INSIDE: "place due_on done_at"},
    "complaints.consent": {Grade.INSIDE: "office asked_at state decided_at reason"},
    "complaints.payment": {
        Grade.FINANCE: "amount_fen paid_fen reference",
        Grade.INSIDE: "paid_at",
    },
    "complaints.taskforce": {Grade.INSIDE: "proposed_at confirmed_at formed_at dissolved_at dissolved_because"},
    "complaints.seat": {
        Grade.SEALED: "reason",
        Grade.INSIDE: "capacity deputises leads named_at asked_at accepted_at declined_at left_at",
    },
    "complaints.meeting": {Grade.SEALED: "note decisions", Grade.INSIDE: "held_at at"},
    "complaints.milestone": {Grade.SEALED: "text note", Grade.INSIDE: "place met_at"},
    "complaints.origin": {
        Grade.INSIDE: "source_system source_id sent_at product sub_product issue sub_issue channel response decision "
        "timely disputed",
    },
    "complaints.escalation": {Grade.INSIDE: "threshold week reached_at at state"},
    "complaints.lateness": {Grade.SEALED: "words", Grade.INSIDE: "reason at"},
    "complaints.pause": {Grade.INSIDE: "reason began_at told_at until warned_at ended_at ended days"},
    "complaints.causedetail": {Grade.INSIDE: "cause code name standard_code active"},
    "complaints.referral": {
        Grade.SEALED: "told_how explanation accepted_ref",
        Grade.INSIDE: "body method written at accepted_at returned_at",
    },
    "complaints.rootcause": {Grade.SEALED: "description", Grade.INSIDE: "systemic at"},
    "complaints.improvement": {
        Grade.INSIDE: "number title cause change status proposed_at done_at window_days metric_before metric_after "
        "verified_at reason dedupe_key version"
    },
    "complaints.recalcbatch": {
        Grade.INSIDE: "number state scope rule_set first last reason calendar_version proposed_at decided_at "
        "decision_note applied_at looked_at earlier later confirmed same"
    },
    "complaints.recalcitem": {Grade.INSIDE: "old_on counted_on new_on change why state skipped"},
    "complaints.comment": {Grade.SEALED: "text", Grade.INSIDE: "at"},
    "complaints.attachment": {Grade.SEALED: "name note", Grade.INSIDE: "uuid at kind size digest"},
    "complaints.attachmentcontent": {Grade.SEALED: "sealed"},
    "complaints.batch": {
        Grade.SEALED: "reason note",
        Grade.INSIDE: "ref action made_at total finished_at undone_at",
    },
    "complaints.batchrow": {Grade.INSIDE: "state because version_after"},
    "complaints.presence": {Grade.INSIDE: "seen_at wrote_at"},
    "complaints.slaruleset": {
        Grade.INSIDE: "name version state rules content_hash note effective_from drafted_at approved_at activated_at "
        "retired_at"
    },
    "complaints.savedview": {Grade.INSIDE: "ref name query default made_at deleted_at"},
    "complaints.export": {
        Grade.SEALED: "reason",
        Grade.INSIDE: "ref query format purpose rows state asked_at decided_at expires_at fetched_at",
    },
    "complaints.summaryreport": {
        Grade.INSIDE: "number kind first last issued_at nil lines cases content_hash acknowledged_at actions"
    },
    "complaints.diaryentry": {Grade.INSIDE: "round_no at verb from_state to_state nature level cause reason data"},
}
