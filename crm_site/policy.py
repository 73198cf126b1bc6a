"""Default deny: one table of URL name × role. A URL that is not in it answers 403 and fails the walk test.

``ALLOW`` opens the page to the role; ``SCOPE`` opens it for the rows the role may see, which ``visible_to(user)`` of
each model decides (a foreign row is 404). Rendered to docs/PERMISSIONS.md. Admin and API ask the same table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from crm_site.roles import ALL_ROLES, Role

R = Role


class Verdict(Enum):
    """What the table says of a URL and a person."""

    ALLOW = "allow"
    SCOPE = "scope"
    DENY = "deny"


class Person(Protocol):
    """As much of a user as the table needs to know."""

    roles: list[str]

    @property
    def is_authenticated(self) -> bool: ...
    @property
    def is_active(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may come in at one URL. ``public`` means no sign-in at all; ``methods`` are the only ones answered."""

    allow: frozenset[str] = frozenset()
    scope: frozenset[str] = frozenset()
    methods: tuple[str, ...] = ("GET",)
    public: bool = False

    def verdict(self, roles: frozenset[str]) -> Verdict:
        """The widest right any of these roles gives."""
        if self.public or roles & self.allow:
            return Verdict.ALLOW
        return Verdict.SCOPE if roles & self.scope else Verdict.DENY


_FRONT = frozenset({R.AGENT, R.SENIOR, R.HANDLER, R.SUPERVISOR})
_READERS = _FRONT | {R.PRIVACY, R.AUDITOR}
_SERVERS = frozenset({R.AGENT, R.HANDLER})
_INVITED = frozenset({R.LIAISON, R.TFMEMBER})
_GET = ("GET",)
_POST = ("POST",)
_FORM = ("GET", "POST")


def _rule(
    allow: frozenset[str] = frozenset(), scope: frozenset[str] = frozenset(), methods: tuple[str, ...] = _GET
) -> Rule:
    return Rule(frozenset(map(str, allow)), frozenset(map(str, scope)), methods)


def _public(methods: tuple[str, ...] = _GET) -> Rule:
    return Rule(methods=methods, public=True)


_REPORT_READERS = frozenset({R.SUPERVISOR, R.ANALYST, R.AUDITOR})
_SEGMENT_WRITERS = frozenset({R.SUPERVISOR, R.ANALYST})
_SEGMENT_READERS = _SEGMENT_WRITERS | {R.PLANNER, R.AUDITOR}
_RULE_WRITERS = frozenset({R.SUPERVISOR, R.ANALYST})
_IMPROVERS = frozenset({R.SENIOR, R.HANDLER, R.SUPERVISOR, R.AUDITOR})
_EVERYONE = ALL_ROLES
_LISTERS = frozenset({R.AGENT, R.SENIOR, R.HANDLER, R.SUPERVISOR, R.AUDITOR}) | _INVITED
_STEPS = ("classify", "assess", "resolve", "start_work", "progress", "feed_back", "satisfaction", "close", "reopen")

TABLE: dict[str, Rule] = {
    # the building
    "home": _rule(_EVERYONE),
    "preferences": _rule(_EVERYONE, methods=_POST),
    "drafts": _rule(_EVERYONE, methods=("GET", "PUT", "POST", "DELETE")),
    "session": _rule(_EVERYONE, methods=_FORM),
    "notices": _rule(_EVERYONE),
    "notices_read_all": _rule(_EVERYONE, methods=_POST),
    "notices_read": _rule(scope=_EVERYONE, methods=_POST),
    "notices_acknowledge": _rule(scope=_EVERYONE, methods=_POST),
    "components": _rule(frozenset({R.SUPERVISOR, R.SYSADMIN})),
    "set_language": _public(_POST),
    "health": _public(),
    "metrics": _public(),
    "csp_report": _public(_POST),
    # sign-in (sign-up, password reset by mail and e-mail addresses are not offered)
    "account_login": _public(_FORM),
    "account_inactive": _public(),
    "account_logout": _rule(_EVERYONE, methods=_FORM),
    "account_reauthenticate": _rule(_EVERYONE, methods=_FORM),
    "account_change_password": _rule(_EVERYONE, methods=_FORM),
    "mfa_authenticate": _public(_FORM),
    "mfa_reauthenticate": _rule(_EVERYONE, methods=_FORM),
    "mfa_index": _rule(_EVERYONE),
    "mfa_activate_totp": _rule(_EVERYONE, methods=_FORM),
    "mfa_deactivate_totp": _rule(_EVERYONE, methods=_FORM),
    "mfa_view_recovery_codes": _rule(_EVERYONE),
    "mfa_generate_recovery_codes": _rule(_EVERYONE, methods=_FORM),
    "mfa_download_recovery_codes": _rule(_EVERYONE),
    "usersessions_list": _rule(_EVERYONE, methods=_FORM),
    "admin:login": _public(_FORM),
    "admin:logout": _rule(_EVERYONE, methods=_FORM),
    # customers
    "customers:list": _rule(_READERS),
    "customers:lookup": _rule(_READERS, methods=_FORM),
    "customers:new": _rule(frozenset({R.AGENT, R.SENIOR, R.SUPERVISOR}), methods=_FORM),
    "customers:detail": _rule(
        frozenset({R.SENIOR, R.SUPERVISOR, R.PRIVACY, R.AUDITOR}), frozenset({R.AGENT, R.HANDLER}) | _INVITED
    ),
    "customers:edit": _rule(frozenset({R.SENIOR, R.SUPERVISOR}), frozenset({R.AGENT}), _FORM),
    "customers:reveal": _rule(frozenset({R.SENIOR, R.SUPERVISOR, R.PRIVACY}), frozenset({R.AGENT, R.HANDLER}), _POST),
    **{
        f"customers:{name}": _rule(frozenset({R.SENIOR, R.SUPERVISOR}), _SERVERS, _POST)
        for name in ("log", "undo", "preference", "need", "need_settle", "step_later", "step_unsuitable")
    },
    "customers:unknown_caller": _rule(_FRONT, methods=_FORM),
    "customers:consent": _rule(frozenset({R.SENIOR, R.SUPERVISOR, R.PRIVACY}), frozenset({R.AGENT, R.HANDLER}), _POST),
    "customers:override": _rule(frozenset({R.SENIOR, R.SUPERVISOR}), methods=_POST),
    "customers:override_step": _rule(frozenset({R.SENIOR, R.SUPERVISOR}), methods=_POST),
    "customers:followups": _rule(_FRONT | _INVITED),
    "customers:followup_keep": _rule(
        frozenset({R.SENIOR, R.SUPERVISOR}), frozenset({R.AGENT, R.HANDLER}) | _INVITED, _POST
    ),
    "customers:followup_new": _rule(frozenset({R.SENIOR, R.SUPERVISOR}), frozenset({R.AGENT, R.HANDLER}), _POST),
    # complaints
    "complaints:list": _rule(
        frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED
    ),
    "complaints:filter": _rule(
        frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED
    ),
    "complaints:new": _rule(_FRONT, methods=_FORM),
    "complaints:due_preview": _rule(_FRONT, methods=_POST),
    "complaints:recalculations": _rule(frozenset({R.SUPERVISOR, R.AUDITOR})),
    "complaints:recalculation": _rule(frozenset({R.SUPERVISOR, R.AUDITOR})),
    "complaints:recalculation_new": _rule(frozenset({R.SUPERVISOR}), methods=_FORM),
    "complaints:recalculation_decide": _rule(frozenset({R.SUPERVISOR}), methods=_POST),
    "complaints:detail": _rule(
        frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED
    ),
    "complaints:presence": _rule(
        frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED, _POST
    ),
    "complaints:why": _rule(frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED),
    "complaints:print": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER})),
    "complaints:comment": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED, _FORM),
    "complaints:attach": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED, _FORM),
    "complaints:attachment": _rule(
        frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED
    ),
    "complaints:claim": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _POST),
    "complaints:refer_out": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _FORM),
    "complaints:change_level": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR}), _FORM),
    "complaints:root_cause": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:export": _rule(frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.SENIOR}), _FORM),
    "complaints:exports": _rule(frozenset({R.SUPERVISOR, R.PRIVACY, R.AUDITOR}), frozenset({R.SENIOR})),
    "complaints:export_decide": _rule(frozenset({R.SUPERVISOR, R.PRIVACY}), methods=_POST),
    "complaints:export_fetch": _rule(frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.SENIOR}), _POST),
    "complaints:wall": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR})),
    "complaints:view_new": _rule(_LISTERS, methods=_FORM),
    "complaints:view_edit": _rule(scope=_LISTERS, methods=_FORM),
    "complaints:view_delete": _rule(scope=_LISTERS, methods=_POST),
    "complaints:view_restore": _rule(scope=_LISTERS, methods=_POST),
    "complaints:assign": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR}), _FORM),
    "complaints:bulk": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _POST),
    "complaints:batch": _rule(frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER})),
    "complaints:undo": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _POST),
    "complaints:set_complexity": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR}), _FORM),
    "complaints:invite": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:answer": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER, R.LIAISON}), _FORM),
    "complaints:bounce": _rule(frozenset(), frozenset({R.LIAISON}), _FORM),
    "complaints:write_plan": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER, R.TFMEMBER}), _FORM),
    "complaints:submit_plan": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER, R.TFMEMBER}), _FORM),
    "complaints:propose_force": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:form_force": _rule(frozenset({R.SUPERVISOR}), methods=_FORM),
    "complaints:name_lead": _rule(frozenset({R.SUPERVISOR}), methods=_FORM),
    **{
        f"complaints:{step}": _rule(
            frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED, _FORM
        )
        for step in ("accept_seat", "decline_seat", "hold_meeting", "set_milestone", "meet_milestone")
    },
    "complaints:approve_plan": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR}), _FORM),
    "complaints:return_plan": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR}), _FORM),
    "complaints:consent_redress": _rule(frozenset({R.SUPERVISOR}), frozenset({R.HANDLER}) | _INVITED, _FORM),
    "complaints:refuse_redress": _rule(frozenset({R.SUPERVISOR}), frozenset({R.HANDLER}) | _INVITED, _FORM),
    "complaints:pay_redress": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}) | _INVITED, _FORM),
    "complaints:revise_plan": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:complete_action": _rule(
        frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}) | _INVITED, _FORM
    ),
    "complaints:explain_late": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _FORM),
    "complaints:pause": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:sign_pause": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR}), _FORM),
    "complaints:resume": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:record_authority": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _FORM),
    "complaints:new_facts": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _FORM),
    "complaints:merge": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:unmerge": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:split": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:gathering": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _FORM),
    "complaints:link": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:unlink": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    "complaints:ask_review": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _FORM),
    "complaints:confirm_result": _rule(frozenset({R.SUPERVISOR}), methods=_FORM),
    "complaints:grant_review": _rule(frozenset({R.SUPERVISOR}), methods=_FORM),
    "complaints:accept_referral": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _FORM),
    "complaints:come_back": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR}), _FORM),
    "complaints:restrict": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _FORM),
    "complaints:unrestrict": _rule(frozenset({R.SUPERVISOR}), methods=_FORM),
    "complaints:withdraw": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.HANDLER}), _FORM),
    **{
        f"complaints:{step}": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _FORM)
        for step in _STEPS
    },
    "complaints:letter": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER})),
    "complaints:receipt": _rule(frozenset({R.SUPERVISOR}), frozenset({R.AGENT, R.SENIOR, R.HANDLER}), _POST),
    "complaints:complain": _public(_FORM),
    "complaints:complain_received": _public(),
    "complaints:status": _public(_FORM),
    "complaints:status_code": _public(_FORM),
    "complaints:matter": _public(_FORM),
    "complaints:leave": _public(_POST),
    "complaints:summaries": _rule(frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.SENIOR}) | _INVITED),
    "complaints:summary": _rule(frozenset({R.SUPERVISOR, R.AUDITOR}), frozenset({R.SENIOR}) | _INVITED),
    "complaints:summary_acknowledge": _rule(frozenset({R.SUPERVISOR}), frozenset({R.SENIOR, R.LIAISON}), _POST),
    "complaints:improvements": _rule(_IMPROVERS, _INVITED),
    "complaints:improvement_new": _rule(frozenset({R.SENIOR, R.HANDLER, R.SUPERVISOR}), methods=_FORM),
    "complaints:improvement": _rule(_IMPROVERS, _INVITED),
    "complaints:improvement_step": _rule(frozenset({R.SENIOR, R.HANDLER, R.SUPERVISOR}), frozenset({R.LIAISON}), _FORM),
    # campaigns
    "campaigns:surveys": _rule(frozenset({R.SUPERVISOR, R.PLANNER, R.APPROVER, R.ANALYST}), frozenset({R.SENIOR})),
    "campaigns:answer": _public(_FORM),
    "campaigns:thanks": _public(),
    # analytics
    "analytics:dashboard": _rule(frozenset({R.SUPERVISOR, R.ANALYST, R.AUDITOR})),
    "analytics:reports": _rule(_REPORT_READERS),
    "analytics:report": _rule(_REPORT_READERS),
    "analytics:report_export": _rule(_REPORT_READERS),
    **{
        f"analytics:{name}": _rule(_REPORT_READERS)
        for name in ("models", "model", "model_whatif", "model_backtest", "nights", "night", "classes", "rfm")
        + ("class_rules", "suggestion_models", "suggestion_model")
    },
    **{
        f"analytics:{name}": _rule(_RULE_WRITERS, methods=_FORM)
        for name in ("model_edit", "model_ahp", "model_step", "class_rules_new", "class_rules_edit")
    },
    **{
        f"analytics:{name}": _rule(_RULE_WRITERS, methods=_POST)
        for name in ("model_new", "class_rules_step", "suggestion_model_new", "suggestion_model_step")
    },
    "analytics:segments": _rule(_SEGMENT_READERS),
    "analytics:segment_new": _rule(_SEGMENT_WRITERS, methods=_FORM),
    "analytics:segment_preview": _rule(_SEGMENT_WRITERS, methods=_POST),
    "analytics:segment": _rule(frozenset({R.AUDITOR}), _SEGMENT_WRITERS | {R.PLANNER}),
    "analytics:segment_rules": _rule(scope=_SEGMENT_WRITERS, methods=_FORM),
    "analytics:segment_rename": _rule(scope=_SEGMENT_WRITERS, methods=_FORM),
    "analytics:segment_archive": _rule(scope=_SEGMENT_WRITERS, methods=_POST),
    "analytics:segment_restore": _rule(scope=_SEGMENT_WRITERS, methods=_POST),
    **{
        f"analytics:{name}": _rule(frozenset({R.SENIOR, R.SUPERVISOR, R.PRIVACY, R.AUDITOR}), _SERVERS)
        for name in ("value", "suggested")
    },
    "analytics:suggested_answer": _rule(frozenset({R.SENIOR, R.SUPERVISOR}), _SERVERS, _POST),
}

# What stays open to somebody who must first set up a second factor.
SECOND_FACTOR_DOORS = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "account_change_password",
        "mfa_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "mfa_download_recovery_codes",
        "preferences",
        "session",
        "admin:logout",
    }
)
# Posts to the sign-in library's pages that ended well are written in the audit log under these names.
ACCOUNT_ACTIONS: dict[str, str] = {
    "account_login": "session.begin",
    "mfa_authenticate": "session.begin",
    "account_logout": "session.end",
    "admin:logout": "session.end",
    "usersessions_list": "session.end_others",
    "account_change_password": "staff.change_password",
    "mfa_activate_totp": "staff.add_second_factor",
    "mfa_deactivate_totp": "staff.drop_second_factor",
    "mfa_generate_recovery_codes": "staff.renew_recovery_codes",
}

ADMIN_ROLES = frozenset(map(str, {R.SUPERVISOR, R.AUDITOR, R.SYSADMIN, R.PRIVACY, R.PLANNER, R.APPROVER}))
# Admin pages of a model: who may read it there, and who may change it (through verbs). Absent = nobody.
ADMIN_READ: dict[str, frozenset[str]] = {
    "crm_site.user": frozenset({R.SUPERVISOR, R.PRIVACY, R.AUDITOR}),
    "crm_site.department": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "crm_site.team": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "crm_site.calendaryear": frozenset({R.AUDITOR, R.SYSADMIN}),
    "crm_site.calendarday": frozenset({R.AUDITOR, R.SYSADMIN}),
    "crm_site.auditevent": frozenset({R.SUPERVISOR, R.PRIVACY, R.AUDITOR}),
    "crm_site.accessrecord": frozenset({R.PRIVACY, R.AUDITOR}),
    "crm_site.jobrun": frozenset({R.SUPERVISOR, R.AUDITOR, R.SYSADMIN}),
    "customers.customer": frozenset({R.SUPERVISOR, R.PRIVACY, R.AUDITOR}),
    "customers.contactpoint": frozenset({R.PRIVACY, R.AUDITOR}),
    "customers.consent": frozenset({R.SUPERVISOR, R.PRIVACY, R.AUDITOR}),
    "customers.product": frozenset({R.AUDITOR}),
    "customers.message": frozenset({R.SUPERVISOR, R.PRIVACY, R.AUDITOR}),
    "customers.messagetemplate": frozenset({R.AUDITOR}),
    "customers.importbatch": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.complaint": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.plan": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.actionitem": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.consent": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.payment": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.diaryentry": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.clock": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.taskforce": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.seat": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.causedetail": frozenset({R.AUDITOR}),
    "complaints.improvement": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.summaryreport": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "complaints.slaruleset": frozenset({R.AUDITOR}),
    "campaigns.survey": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "campaigns.invitation": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "analytics.scorerun": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "analytics.scoringmodel": frozenset({R.AUDITOR}),
    "analytics.calibration": frozenset({R.SUPERVISOR, R.AUDITOR}),
    "analytics.classrules": frozenset({R.AUDITOR}),
    "analytics.reportrun": frozenset({R.SUPERVISOR, R.AUDITOR}),
}
ADMIN_CHANGE: dict[str, frozenset[str]] = {
    "crm_site.user": frozenset({R.SYSADMIN}),
    "crm_site.department": frozenset({R.SYSADMIN}),
    "crm_site.team": frozenset({R.SYSADMIN}),
    "crm_site.calendaryear": frozenset({R.SUPERVISOR}),
    "crm_site.calendarday": frozenset({R.SUPERVISOR}),
    "customers.product": frozenset({R.SUPERVISOR}),
    "complaints.causedetail": frozenset({R.SUPERVISOR}),
    "customers.messagetemplate": frozenset({R.PLANNER, R.APPROVER, R.SUPERVISOR}),
    "complaints.slaruleset": frozenset({R.SUPERVISOR}),
    "analytics.scoringmodel": frozenset({R.SUPERVISOR}),
    "analytics.classrules": frozenset({R.SUPERVISOR}),
}


def rule_for(url_name: str) -> Rule | None:
    """The rule of a URL. Pages of the admin that the table does not name are open to its roles; which models and rows
    they find there, ADMIN_READ and ADMIN_CHANGE decide."""
    if url_name in TABLE:
        return TABLE[url_name]
    return Rule(allow=ADMIN_ROLES, methods=_FORM) if url_name.startswith("admin:") else None


def verdict(user: Person, url_name: str) -> Verdict:
    """What the table says; an unknown URL and an unknown person are denied."""
    rule = rule_for(url_name)
    if rule is None:
        return Verdict.DENY
    if rule.public:
        return Verdict.ALLOW
    if not (user.is_authenticated and user.is_active):
        return Verdict.DENY
    return rule.verdict(frozenset(user.roles))


def may(user: Person, url_name: str) -> bool:
    """Whether this person may open this URL at all (for some row, where the rule is a scope)."""
    return verdict(user, url_name) is not Verdict.DENY


def may_read(user: Person, model: str) -> bool:
    """Whether this person finds the model (``app.model``) in the admin."""
    return _is_one_of(user, ADMIN_READ.get(model, frozenset()) | ADMIN_CHANGE.get(model, frozenset()))


def may_change(user: Person, model: str) -> bool:
    """Whether this person may add and change rows of the model in the admin, through its verbs."""
    return _is_one_of(user, ADMIN_CHANGE.get(model, frozenset()))


def _is_one_of(user: Person, roles: frozenset[str]) -> bool:
    return user.is_authenticated and user.is_active and not roles.isdisjoint(user.roles)
