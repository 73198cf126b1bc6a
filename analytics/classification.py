"""What each field of this app tells about a person (domain J.2)."""

from __future__ import annotations

from crm_site.classification import Grade, Table

FIELDS: Table = {
    "analytics.scoringmodel": {
        Grade.INSIDE: "version state spec content_hash note simulation backtest backtest_waived drafted_at "
        "asked_at simulated_at submitted_at approved_at activated_at retired_at"
    },
    "analytics.classrules": {
        Grade.INSIDE: "dimension version state rules content_hash note simulation drafted_at simulated_at submitted_at "
        "asked_at approved_at activated_at retired_at"
    },
    "analytics.suggestionmodel": {
        Grade.INSIDE: "kind version state learnt content_hash note simulation trouble drafted_at simulated_at "
        "submitted_at asked_at approved_at activated_at retired_at"
    },
    "analytics.suggestionanswer": {Grade.SEALED: "reason", Grade.DERIVED: "kind target grounds answer until at"},
    "analytics.calibration": {Grade.INSIDE: "on population data"},
    "analytics.scorerun": {
        Grade.INSIDE: "no since_no as_of class_rules full recheck state population changed watermark summary "
        "started_at published_at"
    },
    "analytics.segment": {
        Grade.INSIDE: "number name description kind shared current_no made_at changed_at archived_at is_demo version"
    },
    "analytics.segmentversion": {Grade.INSIDE: "no rules content_hash note made_at"},
    "analytics.segmentcount": {Grade.INSIDE: "as_of n grades assets behaviour counted_at"},
    "analytics.classmove": {Grade.DERIVED: "was became figures", Grade.INSIDE: "run_no on dimension"},
    "analytics.rfmrun": {Grade.INSIDE: "on population grid boxes published_at"},
    "analytics.rfmmark": {Grade.FINANCE: "amount_fen", Grade.DERIVED: "days count r f m box"},
    "analytics.reportrun": {Grade.INSIDE: "name first last as_of only lines content_hash made_at key"},
    "analytics.score": {
        Grade.DERIVED: "score_e8 score_tenths grade coverage confidence provisional i_c i_s i_l i_g i_k cov_c cov_s "
        "cov_l cov_g cov_k c1 c2 c3 c4 s1 l1 l2 l3 l4 l5 g1 g2 g3 g4 g5 k1 k2 k3",
        Grade.INSIDE: "run_from",
    },
}
