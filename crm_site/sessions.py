"""How old a session may grow: a quiet quarter of an hour, and twelve hours whatever happens (domain J.4)."""

from __future__ import annotations

import time

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

BEGAN = "session_began"
SEEN = "session_seen"
WRITE_EVERY = 60  # seconds between two writes of the last-seen stamp


def touch(session: SessionBase) -> None:
    """Stamp the session as seen now, writing at most once a minute."""
    now = time.time()
    if BEGAN not in session:
        session[BEGAN] = session[SEEN] = now
    elif now - session[SEEN] >= WRITE_EVERY:
        session[SEEN] = now


def begin(session: SessionBase) -> None:
    """Start counting anew, at sign-in."""
    session[BEGAN] = session[SEEN] = time.time()


def seconds_left(session: SessionBase) -> int:
    """Seconds until this session ends if nothing more happens; 0 when it is over.

    The stamp may lie a minute behind the last request, so a session never lives longer than it should.
    """
    now = time.time()
    idle = session.get(SEEN, now) + settings.SESSION_IDLE_SECONDS - now
    absolute = session.get(BEGAN, now) + settings.SESSION_COOKIE_AGE - now
    return max(0, int(min(idle, absolute)))
