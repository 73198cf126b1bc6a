"""Reports about complaints: lines of figures, the same on screen, on paper, in a file and in a stored run (K)."""

from complaints.reporting.attainment import attainment
from complaints.reporting.desks import desks
from complaints.reporting.lines import Line, content_hash, label, shown
from complaints.reporting.returns import regulator_return
from complaints.reporting.summary import summary

__all__ = ["Line", "attainment", "content_hash", "desks", "label", "regulator_return", "shown", "summary"]
