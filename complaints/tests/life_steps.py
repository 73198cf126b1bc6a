"""Which steps a life is made of, by what they are good for."""

from __future__ import annotations

FORWARD = (
    *("assess", "start_work", "write_plan", "submit_plan", "approve_plan", "complete_action", "feed_back"),
    *("explain_late", "satisfaction", "root_cause", "close", "pay_redress", "ask_review", "confirm_result"),
)
"""Steps that bring a matter nearer to its end."""
BACK = ("return_plan", "revise_plan", "unrestrict", "resume")
"""Steps back that are seldom come upon: a life that presses on takes one now and then where it may."""
OTHERS = (
    *("accept_seat", "decline_seat", "answer", "bounce", "consent_redress", "refuse_redress"),
    *("meet_milestone", "complete_action", "grant_review"),
)
"""Steps of people beside the four: members of the task force, departments, heads and finance, a second supervisor."""
DEEP = (
    *("assess", "start_work", "write_plan", "submit_plan", "approve_plan", "return_plan", "revise_plan"),
    *("feed_back", "complete_action"),
    *("pay_redress", "satisfaction", "close", "reopen", "form_force", "accept_seat", "consent_redress"),
    *("refuse_redress", "ask_review", "grant_review", "resume", "merge"),
)
"""Steps that the lives of every part must have taken, or they say little."""
