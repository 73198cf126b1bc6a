"""An address somebody typed in a line of its own: what a message could be sent to, if anything."""

from __future__ import annotations

import re
from dataclasses import dataclass

from customers import identity

_APART = re.compile(r"[,;，；、|]|\s/\s|\s{2,}")


@dataclass(frozen=True, slots=True)
class Address:
    """``kind`` as contact points have it: MOBILE or EMAIL; ``value`` as it is stored."""

    kind: str
    value: str


def address_in(text: str) -> Address | None:
    """The first mobile number or e-mail address in what was typed; None where there is neither."""
    for part in (text, *_APART.split(text)):
        for kind, read in (("EMAIL", identity.email), ("MOBILE", identity.mobile)):
            try:
                return Address(kind, read(part))
            except identity.Malformed:
                continue
    return None
