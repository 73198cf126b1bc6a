"""What happened, newest first: the diary's turns and the words exchanged, in one list (ux 6(4))."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import force_words, noting
from complaints.models import Complaint, DiaryEntry, Feedback, Lateness, Pause, Round
from complaints.models.complaint import ABOUT
from complaints.redress import Office
from complaints.sla import Complexity, Kind, Level
from crm_site.errors import Text
from crm_site.models import Department, Team, User
from crm_site.wording import date_words, moment_words, money_words
from customers.models import Interaction

Item = dict[str, Any]
_TURNS: dict[str, tuple[Text, str, str]] = {
    "receive": (gettext_lazy("Received"), "inbox", ""),
    "import": (gettext_lazy("Taken over from another system"), "box-arrow-in-down", ""),
    "acknowledge": (gettext_lazy("Receipt acknowledged in writing"), "envelope-check", ""),
    "claim": (gettext_lazy("Taken in hand"), "person-check", ""),
    "classify": (gettext_lazy("Nature recorded"), "tags", ""),
    "assess": (gettext_lazy("Assessed"), "clipboard-check", ""),
    "resolve": (gettext_lazy("Solved on the spot"), "check2-circle", "brand"),
    "start_work": (gettext_lazy("Work started"), "play-circle", ""),
    "progress": (gettext_lazy("Customer told of progress"), "telephone-outbound", "brand"),
    "feed_back": (gettext_lazy("Feedback given"), "reply", "brand"),
    "satisfaction": (gettext_lazy("Asked whether satisfied"), "emoji-smile", "brand"),
    "close": (gettext_lazy("Closed"), "check2-all", ""),
    "reopen": (gettext_lazy("Another round opened"), "arrow-counterclockwise", "hot"),
    "ask_review": (gettext_lazy("Review of the result asked for"), "search", "hot"),
    "confirm_result": (gettext_lazy("Result confirmed on review"), "check2-all", "brand"),
    "grant_review": (gettext_lazy("Review granted: another round"), "arrow-counterclockwise", "hot"),
    "change_level": (gettext_lazy("Level changed"), "bar-chart-steps", "hot"),
    "root_cause": (gettext_lazy("Root cause recorded"), "diagram-3", ""),
    "write_plan": (gettext_lazy("Plan written"), "pencil-square", ""),
    "submit_plan": (gettext_lazy("Plan sent for approval"), "send", ""),
    "approve_plan": (gettext_lazy("Plan approved"), "check2-square", "brand"),
    "return_plan": (gettext_lazy("Plan sent back"), "arrow-return-left", "hot"),
    "consent_redress": (gettext_lazy("Agreed to the redress"), "check2-square", "brand"),
    "refuse_redress": (gettext_lazy("Did not agree to the redress"), "arrow-return-left", "hot"),
    "pay_redress": (gettext_lazy("Redress paid"), "cash-coin", "brand"),
    "revise_plan": (gettext_lazy("Plan to be revised"), "pencil-square", "hot"),
    **force_words.TURNS,
    "complete_action": (gettext_lazy("An action was done"), "check2-circle", "brand"),
    "invite": (gettext_lazy("Departments asked"), "people", ""),
    "answer": (gettext_lazy("A department answered"), "chat-left-text", "brand"),
    "bounce": (gettext_lazy("A department sent it back"), "arrow-return-left", "hot"),
    "pause": (gettext_lazy("The clock was paused"), "pause-fill", "hot"),
    "sign_pause": (gettext_lazy("The pause was signed"), "pen", ""),
    "resume": (gettext_lazy("The clock runs again"), "play-fill", "brand"),
    "explain_late": (gettext_lazy("The delay was explained"), "exclamation-octagon", "hot"),
    "set_complexity": (gettext_lazy("Regulator's limit extended"), "calendar-plus", "hot"),
    "recalculate": (gettext_lazy("Due dates recalculated"), "calendar-check", "hot"),
    "assign": (gettext_lazy("Changed hands"), "person-up", ""),
    "take_back": (gettext_lazy("Assignment taken back"), "arrow-counterclockwise", ""),
    "record_authority": (gettext_lazy("Authority of the representative seen"), "file-earmark-check", ""),
    "new_facts": (gettext_lazy("New facts received"), "file-earmark-plus", "hot"),
    "merge": (gettext_lazy("Merged into another complaint"), "sign-merge-right", ""),
    "take_in": (gettext_lazy("Another complaint merged into this one"), "sign-merge-left", "hot"),
    "unmerge": (gettext_lazy("Merger taken back"), "arrow-counterclockwise", "hot"),
    "split": (gettext_lazy("A second complaint split off"), "scissors", ""),
    "link": (gettext_lazy("Put into a group or incident"), "people", ""),
    "unlink": (gettext_lazy("Taken out of the group"), "x-circle", ""),
    "restrict": (gettext_lazy("Restricted: about our staff"), "shield-lock", "hot"),
    "unrestrict": (gettext_lazy("Restriction lifted"), "unlock", ""),
    "accept_referral": (gettext_lazy("Taken over where it was referred"), "check2-circle", "brand"),
    "come_back": (gettext_lazy("Came back from where it was referred"), "arrow-return-left", "hot"),
    "refer_out": (gettext_lazy("Referred on"), "signpost-split", ""),
    "withdraw": (gettext_lazy("Withdrawn by the customer"), "x-circle", ""),
}
"""Words, icon and tone of every entry of the diary."""


def items(complaint: Complaint, besides: Iterable[Item] = (), *, remarks: bool = True) -> list[Item]:
    """Entries for the timeline. What was said in a turn stands under it; what the customer said first has its card.
    ``remarks`` are comments and files, which stay off paper; ``besides`` are entries of other kinds."""
    words = Interaction.objects.filter(about_kind=ABOUT, about_no=complaint.number, undone_at=None)
    spoken = list(words.exclude(outcome=Interaction.Outcome.COMPLAINT).select_related("agent").order_by("-pk"))
    names = _names(complaint)
    found = []
    for entry in complaint.diary.select_related("by").order_by("-pk"):
        heard = [words for words in spoken if _belongs(words, entry)]
        spoken = [words for words in spoken if words not in heard]
        found.append(_turn(entry, heard, names))
    found += [*(_word(interaction) for interaction in spoken), *besides]
    found += noting.items(complaint) if remarks else []
    return sorted(found, key=lambda item: item["at"], reverse=True)


def _names(complaint: Complaint) -> dict[str, str]:
    """What stands behind the codes of the diary: departments, teams, and the people it went through the hands of."""
    found = dict(Department.objects.values_list("code", "name"))
    handed = complaint.diary.filter(verb__in=_HANDED).values_list("data__from", "data__to", "data__team")
    codes = {code for row in handed for code in row if code}
    if codes:
        people = User.objects.filter(employee_no__in=codes).values_list("employee_no", "display_name")
        teams = Team.objects.filter(code__in=codes).values_list("code", "name")
        found |= {f"person:{code}": name for code, name in people} | {f"team:{code}": name for code, name in teams}
    return found


_HANDED = ("assign", "take_back", "name_lead")
_TITLES = {
    "progress": {"Customer told of progress"},
    "feed_back": {"Feedback given"},
    "resolve": {"Solved on the spot"},
    "satisfaction": {"Asked whether satisfied", "Tried to ask, not reached"},
    "start_work": {"Plan drafted"},
    "withdraw": {"Withdrawn by the customer"},
    "pause": {"Customer told of a pause"},
    "set_complexity": {"Customer told of a longer limit"},
    "explain_late": {"Customer told of the delay"},
    "assign": {"Handover note"},
    "new_facts": {"New facts"},
    "refer_out": {"Referred to whom it concerns"},
}
"""What each turn writes into the customer's past."""
_SAME_MOMENT = datetime.timedelta(seconds=2)


def _belongs(words: Interaction, entry: DiaryEntry) -> bool:
    near = abs(words.recorded_at - entry.at) < _SAME_MOMENT
    return near and words.title in _TITLES.get(entry.verb, ())


def _turn(entry: DiaryEntry, heard: list[Interaction], names: Mapping[str, str]) -> Item:
    label, icon, kind = _TURNS.get(entry.verb, (entry.verb, "dot", ""))
    if entry.verb == "feed_back" and entry.data.get("served"):
        label = _("Result served in writing")
    elif entry.verb == "feed_back" and not entry.data.get("reached", True):
        label, kind = _("Tried to give feedback, nobody reached"), ""
    reason = _(entry.reason) if entry.by is None and entry.reason else entry.reason  # the timetable gives its own
    body = [_details(entry, names), reason, *(spoken.summary for spoken in heard)]
    return {
        "at": entry.at,
        "icon": icon,
        "kind": kind,
        "title": str(label),
        "meta": _meta(entry.at, entry.by.display_name if entry.by else "", _channel(heard)),
        "body": "\n".join(text for text in dict.fromkeys(body) if text),
        "customer": bool(heard) and heard[0].direction != Interaction.Direction.NONE,
    }


def _channel(heard: list[Interaction]) -> str:
    return heard[0].get_channel_display() if heard and heard[0].direction != Interaction.Direction.NONE else ""


def _word(interaction: Interaction) -> Item:
    incoming = interaction.direction == Interaction.Direction.IN
    return {
        "at": interaction.recorded_at,
        "icon": "chat-left-text" if incoming else "chat-right-text",
        "kind": "",
        "title": _(interaction.title) if interaction.title else interaction.get_topic_display(),
        "meta": _meta(
            interaction.at,
            interaction.agent.display_name if interaction.agent else "",
            interaction.get_channel_display(),
        ),
        "body": interaction.summary,
        "customer": True,
    }


def _meta(at: datetime.datetime, who: str, channel: str) -> str:
    return " · ".join(part for part in (moment_words(at, "short"), who, channel) if part)


def _details(entry: DiaryEntry, names: Mapping[str, str]) -> str:
    """The facts of an entry in words."""
    facts = entry.data
    if entry.verb in _SAID:
        return _SAID[entry.verb](facts)
    if entry.verb == "classify":
        return _reclassified(facts)
    if entry.verb in _OF_NAMES:
        return _OF_NAMES[entry.verb](facts, names)
    if entry.verb in ("feed_back", "resolve") and facts.get("decision"):
        return str(Feedback.Decision(facts["decision"]).label)
    if "plan" in facts:
        return _("Version %(n)s") % {"n": facts["plan"]}
    if entry.verb == "close":
        return _end(facts)
    if entry.verb == "satisfaction" and facts.get("satisfaction"):
        return _("Satisfaction %(mark)s of 5") % {"mark": facts["satisfaction"]}
    return ""


def _reclassified(facts: Mapping[str, Any]) -> str:
    """What it is called now, and what it was called before."""
    new, old = Complaint.Nature(facts["nature"]), facts.get("from_nature", Complaint.Nature.UNCLASSIFIED)
    if old == Complaint.Nature.UNCLASSIFIED:
        return str(new.label)
    return _("From %(old)s to %(new)s") % {"old": Complaint.Nature(old).label, "new": new.label}


def _other_number(facts: Mapping[str, Any]) -> str:
    """The other complaint, and whether it moved the dates of this one."""
    said = [next(facts[name] for name in ("into", "from", "made", "gathering") if name in facts)]
    if facts.get("given_back"):
        said.append(_("given back"))
    if facts.get("dated_again"):
        day = date_words(datetime.datetime.fromisoformat(facts["received_at"]), "short")
        said.append(_("received earlier, on %(day)s: the dates count from then") % {"day": day})
    return " · ".join(said)


def _late(facts: Mapping[str, Any]) -> str:
    why = str(Lateness.Reason(facts["why"]).label)
    if "until" not in facts:
        return why
    return _("%(why)s. New date for the customer: %(day)s.") % {"why": why, "day": date_words(facts["until"], "short")}


def _extended(facts: Mapping[str, Any]) -> str:
    said = [str(Complexity(facts["complexity"]).label)]
    for move in facts["moves"]:
        dates = {name: date_words(move[name], "short") for name in ("old", "new")}
        said.append(_("%(what)s: %(old)s → %(new)s") % (dates | {"what": move["profile"]}))
    return "\n".join(said)


def _recalculated(facts: Mapping[str, Any]) -> str:
    text = _("%(what)s: %(old)s → %(new)s")
    said = [_("Batch %(number)s") % {"number": facts["batch"]}]
    for move in facts["moves"]:
        dates = {name: date_words(move[name], "short") for name in ("old", "new")}
        said.append(text % (dates | {"what": Kind(move["kind"]).label}))
    return "\n".join(said)


def _handed(facts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """From whom to whom; a team where nobody has it."""
    to, team = facts["to"], facts["team"]
    then = names.get(f"person:{to}", to) if to else names.get(f"team:{team}", team)
    if not facts["from"]:
        return _("To %(name)s") % {"name": then}
    return _("From %(old)s to %(new)s") % {"old": names.get(f"person:{facts['from']}", facts["from"]), "new": then}


def _department(facts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return names.get(facts["department"], facts["department"])


def _taking_part(facts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    asked = _(", ").join(names.get(code, code) for code in facts.get("departments", []))
    return _("Taking part: %(departments)s") % {"departments": asked} if asked else ""


_OF_NAMES: dict[str, Callable[[Mapping[str, Any], Mapping[str, str]], str]] = {
    "assign": _handed,
    "take_back": _handed,
    **dict.fromkeys(("answer", "bounce"), _department),
    **force_words.WITH_NAMES,
    **dict.fromkeys(("start_work", "invite"), _taking_part),
}
"""What the facts of a turn say with names of people and departments."""


def _standstill(facts: Mapping[str, Any]) -> str:
    if "until" in facts:
        text = _("%(why)s, until %(day)s at the latest.")
        return text % {"why": Pause.Reason(facts["why"]).label, "day": date_words(facts["until"], "short")}
    said = [str(Pause.Ended(facts["because"]).label)]
    if "FEEDBACK_new" in facts:
        moved = _("Due date moved from %(old)s to %(new)s: the pause gave %(n)s working days.")
        dates = {"old": date_words(facts["FEEDBACK_old"], "short"), "new": date_words(facts["FEEDBACK_new"], "short")}
        said.append(moved % (dates | {"n": facts["days"]}))
    return _(", ").join(said) if len(said) == 1 else f"{said[0]}. {said[1]}"


def _level_change(facts: Mapping[str, Any]) -> str:
    text = _("Level changed from “%(old)s” to “%(new)s”.") % {
        "old": Level(facts["from_level"]).label,
        "new": Level(facts["to_level"]).label,
    }
    if facts.get("old_due"):
        moved = _("Due date moved from %(old)s to %(new)s, counted from receipt.") % {
            "old": date_words(facts["old_due"], "short"),
            "new": date_words(facts["new_due"], "short"),
        }
        text = f"{text} {moved}"
    return text


def _end(facts: Mapping[str, Any]) -> str:
    """How it ended, and what is still to be paid."""
    outcome = str(Round.Outcome(facts["outcome"]).label)
    if not facts.get("unpaid_fen"):
        return outcome
    amount = money_words(Decimal(facts["unpaid_fen"]) / 100)
    return _("%(outcome)s. Still to be paid: %(amount)s") % {"outcome": outcome, "amount": amount}


def _consent(facts: Mapping[str, Any]) -> str:
    return str(Office(facts["office"]).label)


def _payment(facts: Mapping[str, Any]) -> str:
    amounts = {name: money_words(Decimal(facts[f"{name}_fen"]) / 100) for name in ("paid", "agreed")}
    if facts["paid_fen"] == facts["agreed_fen"]:
        return amounts["paid"]
    return _("%(paid)s of %(agreed)s agreed") % amounts


_SAID: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "change_level": _level_change,
    **dict.fromkeys(("consent_redress", "refuse_redress"), _consent),
    "pay_redress": _payment,
    "explain_late": _late,
    **force_words.SAID,
    **dict.fromkeys(("merge", "unmerge", "take_in", "split", "link", "unlink"), _other_number),
    "pause": _standstill,
    "resume": _standstill,
    "recalculate": _recalculated,
    "set_complexity": _extended,
}
"""What the facts of a turn say by themselves."""
