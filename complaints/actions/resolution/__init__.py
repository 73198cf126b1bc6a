"""The answer and the end: told, asked, closed, reopened, withdrawn (handbook 6/1.1.30–31; domain D.5, D.7, D.8)."""

from complaints.actions.resolution.ending import close, end_round
from complaints.actions.resolution.feedback import Told, feed_back
from complaints.actions.resolution.on_the_spot import Solution, resolve
from complaints.actions.resolution.review import ask_review, confirm_result, grant_review
from complaints.actions.resolution.rounds import reopen, withdraw
from complaints.actions.resolution.satisfaction import Asked, record_satisfaction

__all__ = [
    "Asked",
    "Solution",
    "Told",
    "ask_review",
    "close",
    "end_round",
    "confirm_result",
    "feed_back",
    "grant_review",
    "record_satisfaction",
    "reopen",
    "resolve",
    "withdraw",
]
