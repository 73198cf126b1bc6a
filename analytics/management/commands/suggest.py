"""``manage.py suggest train|show KIND``: models for suggestions (contracts: docs/COMMANDS.md)."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from analytics.actions import suggestion_models
from analytics.models import SuggestionModel
from analytics.suggestions import training
from crm_site.management.base import Answer, JsonCommand, Misused
from crm_site.models import User


class Command(JsonCommand):
    """Training happens in this process; approving is for the pages, where two persons stand."""

    help = "Train a version of a suggestion model, or show the versions with their figures."

    def arguments(self, parser: CommandParser) -> None:
        """What to do, with which kind, and as whom."""
        parser.add_argument("act", choices=["train", "show"])
        parser.add_argument("kind", nargs="?", choices=[kind.lower() for kind in SuggestionModel.Kind.values])
        parser.add_argument("--by", help="train: the analyst whose version it is")
        parser.add_argument("--note", default="", help="train: why, in a sentence")

    def answer(self, **options: Any) -> Answer:
        """The versions with their figures; what was trained alone."""
        kind = (options["kind"] or "").upper()
        if options["act"] == "show":
            rows = SuggestionModel.objects.filter(kind=kind) if kind else SuggestionModel.objects.all()
            return {"extra": training.available(), "versions": [_said(row) for row in rows.defer("learnt")]}
        if not (kind and options["by"]):
            raise Misused(_("Give a kind and --by USER."))
        by = User.objects.filter(username=options["by"], is_active=True).first()
        if by is None:
            raise Misused(_("There is nobody called %(name)s.") % {"name": options["by"]})
        return _said(suggestion_models.train_now(by=by, kind=kind, note=options["note"]))


def _said(row: SuggestionModel) -> dict[str, Any]:
    found = row.simulation or {}
    held = {target: _figures(figures) for target, figures in row.targets.items()}
    return {
        "kind": row.kind.lower(),
        "version": row.version,
        "state": row.state,
        "hash": row.content_hash,
        "held_out_on": found.get("on"),
        "learnt_on": found.get("learnt_on", []),
        "targets": held,
    }


def _figures(found: dict[str, Any]) -> dict[str, Any]:
    names = ("refused", "n", "hits", "bayes_auc", "bayes_lift", "rule_auc", "rule_lift")
    held = found.get("held", {})
    figures = {f"held_{name}": held.get(name) for name in ("n", "hits", "auc", "lift")}
    return {name: found.get(name) for name in names} | figures
