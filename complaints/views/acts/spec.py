"""What the page of a step needs to know of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from complaints.forms.steps.base import StepForm
from complaints.models import Complaint
from crm_site.errors import Text
from crm_site.models import User

Data = dict[str, Any]


def nothing_more(complaint: Complaint, user: User) -> Data:
    """Most forms know all they ask."""
    return {}


@dataclass(frozen=True, slots=True)
class Spec:
    """A step's form, verb, and what is said when it is done. ``asks`` gives further arguments of the form; fields that
    are ``linked`` may be filled in by the link that leads to it."""

    form: type[StepForm]
    act: Callable[[User, Complaint, Data, StepForm], Complaint]
    done: Text
    template: str = "complaints/complaint_step.html"
    asks: Callable[[Complaint, User], Data] = nothing_more
    linked: tuple[str, ...] = ()
