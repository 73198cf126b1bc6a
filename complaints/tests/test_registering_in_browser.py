"""A complaint is registered by keyboard alone, in fewer strokes than a minute holds (R6.2, peers 53).

No clock is asked, since that would time the machine. The strokes are counted, and each is given what the
keystroke-level model gives an average typist: 0.28 s a key, and 1.35 s to make up one's mind before each field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from complaints.models import Complaint
from crm_site.tests.factories import TeamFactory, UserFactory
from customers.tests.factories import CustomerFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Visit = Callable[..., Page]
KEY, MIND = 0.28, 1.35  # seconds
MINUTE = 60.0
SUBJECT, CONTENT, WISH = "Fee charged twice", "Two transfers today, each fee was taken twice.", "Refund"


@dataclass
class Hands:
    """Two hands on a keyboard, and how long they would take."""

    page: Page
    seconds: float = 0

    def press(self, key: str) -> None:
        self.seconds += KEY
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.seconds += MIND + KEY * len(text)
        self.page.keyboard.type(text)

    def reach(self, name: str) -> None:
        """Tab to a field; a form that hides it from the keyboard fails here."""
        for _step in range(40):
            if self.page.evaluate("document.activeElement.name") == name:
                return
            self.press("Tab")
        raise AssertionError(f"{name} is not reached by keyboard")


def test_a_complaint_is_registered_by_keyboard_in_less_than_a_minute(visit: Visit) -> None:
    CustomerFactory(full_name="林晓彤", phone="+8613912344821", customer_no="C-2019-004217")
    page = visit("/", UserFactory(role="agent", team=TeamFactory()))
    hands = Hands(page)
    hands.press("/")
    hands.type("4821")
    page.wait_for_selector("#lookup-pop [role=option]")
    hands.press("Enter")
    page.wait_for_url("**/customers/C-2019-004217/")
    hands.press("c")
    page.wait_for_url("**/complaints/new/**")
    for name, text in (("subject", SUBJECT), ("content", CONTENT), ("desired_outcome", WISH)):
        hands.reach(name)
        hands.type(text)
    hands.press("Control+Enter")
    page.wait_for_url("**/complaints/TS-*/")
    made = Complaint.objects.get()
    assert (made.subject, made.content, made.desired_outcome) == (SUBJECT, CONTENT, WISH)
    assert made.customer is not None and made.customer.customer_no == "C-2019-004217"
    print(f"\nby keyboard: {hands.seconds:.0f} s of an average typist")
    assert hands.seconds < MINUTE
