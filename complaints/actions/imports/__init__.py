"""Complaints of another system taken in through profiles (docs/IMPORT.md, docs/decisions/0033)."""

from complaints.actions.imports.complaints import Complaints

KINDS = {Complaints.name: Complaints}

__all__ = ["KINDS"]
