"""Words that may never be written down: passwords, PINs, security codes (domain J.2, grade C3; pure)."""

from __future__ import annotations

import re
import unicodedata

_SECRET = re.compile(
    r"(?:密码|密碼|口令|验证码|驗證碼|校验码|安全码|cvv2?|cvc2?|\bpin\b|pass(?:word|code)|one[- ]time code|\botp\b)"
    r"(?:\s|是|为|為|is|code|[:：=,，“\"'])*[A-Za-z]*\d{3,8}(?!\d)",
    re.IGNORECASE,
)


def holds_secret(text: str) -> bool:
    """Whether the text gives a password, PIN, security code or one-time code away."""
    return bool(_SECRET.search(unicodedata.normalize("NFKC", text)))
