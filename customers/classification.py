"""What each field of this app tells about a person (domain J.2)."""

from __future__ import annotations

from crm_site.classification import Grade, Table

FIELDS: Table = {
    "customers.customer": {
        Grade.SEALED: "full_name birth_date employer annual_income",
        Grade.DERIVED: "status sex nationality occupation region_code language opened_on closed_on risk_tolerance "
        "risk_tolerance_until restricted last_verified_on",
        Grade.INSIDE: "customer_no kind completeness is_demo version created_at updated_at",
    },
    "customers.customersearchkey": {Grade.KEY: "key"},
    "customers.customernumber": {Grade.INSIDE: "year last"},
    "customers.consent": {
        Grade.DERIVED: "purpose channel act at expires_at evidence evidence_ref",
        Grade.INSIDE: "text_version recorded_at",
    },
    "customers.contactpoint": {
        Grade.SEALED: "value",
        Grade.DERIVED: "type label preferred status verified_at",
    },
    "customers.contactpreference": {Grade.DERIVED: "best_time channel no_proactive_contact"},
    "customers.identitydocument": {Grade.SEALED: "number", Grade.DERIVED: "type valid_to verified_at primary"},
    "customers.followup": {
        Grade.DERIVED: "title outcome",
        Grade.INSIDE: "ref kind due_on due_at provisional state promised_at kept_at cancelled_at attempts "
        "about_kind about_no about_level leads dedupe_key version",
    },
    "customers.product": {Grade.INSIDE: "code name family risk counts_in_aum active"},
    "customers.holding": {
        Grade.SEALED: "account_no",
        Grade.DERIVED: "opened_on closed_on maturity_on currency status",
        Grade.INSIDE: "source_system source_id",
    },
    "customers.monthlybalance": {Grade.FINANCE: "average_fen end_fen", Grade.INSIDE: "month"},
    "customers.standingorder": {
        Grade.SEALED: "counterparty_account",
        Grade.FINANCE: "amount_fen counterparty_bank purpose",
        Grade.INSIDE: "source_system source_id",
    },
    "customers.creditrecord": {
        Grade.FINANCE: "max_dpd_24m debt_service_bp internal_rating",
        Grade.INSIDE: "as_of source",
    },
    "customers.importbatch": {
        Grade.INSIDE: "kind profile file_name file_sha256 state rows created updated unchanged duplicates rejected "
        "control expected errors_file started_at finished_at"
    },
    "customers.interaction": {
        Grade.SEALED: "summary",
        Grade.DERIVED: "channel direction topic at duration_s title outcome rating_points rating_weight",
        Grade.INSIDE: "about_kind about_no restricted recorded_at undone_at",
    },
    "customers.message": {
        Grade.SEALED: "values address",
        Grade.INSIDE: "uuid dedupe_key about_kind about_no channel purpose template locale state reason not_before "
        "expires_at attempts lease_owner lease_until provider_ref created_at finished_at",
    },
    "customers.messagetemplate": {
        Grade.INSIDE: "code channel locale version subject body status drafted_at submitted_at approved_at retired_at"
    },
    "customers.need": {
        Grade.SEALED: "text how",
        Grade.DERIVED: "family basis strength status recorded_at expires_on settled_at",
    },
    "customers.classoverride": {
        Grade.SEALED: "reason ended_because",
        Grade.DERIVED: "dimension code expires_on state proposed_at decided_at ended_at",
    },
    "customers.stepanswer": {Grade.SEALED: "reason", Grade.DERIVED: "step grounds answer until at"},
    "customers.publishedrun": {Grade.INSIDE: "run_no since_no as_of published_at"},
    "customers.standing": {
        Grade.DERIVED: "asset_class asset_watch age_band occupation_group need_type loyalty credit_risk flags risk "
        "asset_best loyalty_missed judged_month score_tenths grade raw_grade grade_months confidence",
        Grade.INSIDE: "run_from run_to as_of fingerprint",
    },
    "customers.transaction": {
        Grade.FINANCE: "posted_on amount_fen direction type currency customer_initiated",
        Grade.INSIDE: "source_system source_txn_id",
    },
    "customers.monthlyactivity": {
        Grade.FINANCE: "count amount_fen inflow_fen card_spend_fen salary_fen fee_fen purchases days_mask last_on",
        Grade.INSIDE: "month",
    },
    "customers.activitymark": {},
    "customers.activity": {
        Grade.FINANCE: "count_12m amount_12m_fen inflow_12m_fen card_spend_12m_fen salary_12m_fen salary_prior_12m_fen "
        "fee_12m_fen purchases_6m active_months_12m active_days_90d "
        "active_days_prior_90d months_since_salary last_active_on last_transaction_on unmatured_deposit aum_fen "
        "aum_3m_fen aum_3m_prior_fen aum_3m_year_ago_fen aum_best_12m_fen aum_year_ago_fen deposits_3m_fen loans_fen "
        "deposit_stable_months contribution_fen income_growth_bp income_fen dpd_24m debt_service_bp rating",
        Grade.DERIVED: "opened_on open_holdings ever_holdings families_mask families_6m_new contracts_24m "
        "referrals_24m new_needs_6m stated_need worst_mark_60d occupation age_step age_check_from closed",
        Grade.INSIDE: "window_end changed_at",
    },
}
