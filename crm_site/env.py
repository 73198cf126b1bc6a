"""Where settings come from: the process environment, and a home folder with keys made on first run.

Embedded use needs no variable at all. The large profile (``CRMIS_PROFILE=production``) refuses to start
when something it must be told is missing, and says how to mend it.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

PRODUCTION = env.str("CRMIS_PROFILE", default="embedded") == "production"
HOME = Path(env.str("CRMIS_HOME", default=str(BASE_DIR / "var"))).resolve()


def home() -> Path:
    """The folder that holds database, keys and files; made with mode 0700 when it is missing."""
    HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    return HOME


def required(name: str, advice: str) -> str:
    """A variable the production profile cannot do without.

    Raises ImproperlyConfigured with advice when it is missing.
    """
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {advice}")
    return value


def _fresh_secrets() -> dict[str, object]:
    key_id = "k1"
    return {
        "django": secrets.token_urlsafe(64),
        "encryption": {"current": key_id, "keys": {key_id: secrets.token_hex(32)}},
        "index": secrets.token_hex(32),
        "audit": secrets.token_hex(32),
    }


def _written_beside(path: Path, content: dict[str, object]) -> Path:
    """A complete file of mode 0600 next to ``path``, to be put in its place in one step."""
    temporary = path.with_name(f"{path.stem}.{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(content, handle)
        handle.flush()
        os.fsync(handle.fileno())
    return temporary


def choose_embedded_key(key_id: str) -> dict[str, object]:
    """Make ``key_id`` the current encryption key in ``keys.json``, with a fresh key when it has none yet.

    Returns the new ring. Older keys stay, for what they have sealed.
    """
    content = embedded_secrets()
    ring: Any = content["encryption"]
    ring["keys"].setdefault(key_id, secrets.token_hex(32))
    ring["current"] = key_id
    path = home() / "keys.json"
    os.replace(_written_beside(path, content), path)
    return dict(ring)


def embedded_secrets() -> dict[str, object]:
    """Keys of the embedded profile: read from ``CRMIS_HOME/keys.json`` (0600), made on first run.

    Two processes starting together agree: the file is created exclusively and the loser reads the winner's.
    """
    path = home() / "keys.json"
    if not path.exists():
        temporary = _written_beside(path, _fresh_secrets())
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass  # another process was first; its keys count
        finally:
            temporary.unlink()
    loaded: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _checked_ring(text: str) -> dict[str, object]:
    """The key ring from its JSON. Raises ImproperlyConfigured when it is no ring, or lacks its own current key."""
    try:
        ring: Any = json.loads(text)
        sizes = {len(bytes.fromhex(key)) for key in ring["keys"].values()}
        complete = sizes == {32} and ring["current"] in ring["keys"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ImproperlyConfigured("CRMIS_ENCRYPTION_KEYS is not a key ring in JSON.") from error
    if not complete:
        raise ImproperlyConfigured("CRMIS_ENCRYPTION_KEYS lacks its current key, or a key is not 64 hex digits.")
    return dict(ring)


def production_secrets() -> dict[str, object]:
    """Keys of the production profile, from the environment only."""
    django_key = required("SECRET_KEY", "Give at least 50 random characters.")
    if len(django_key) < 50:
        raise ImproperlyConfigured("SECRET_KEY is shorter than 50 characters.")
    keyring = required(
        "CRMIS_ENCRYPTION_KEYS",
        'Give JSON such as {"current": "k1", "keys": {"k1": "<64 hex digits>"}}.',
    )
    return {
        "django": django_key,
        "encryption": _checked_ring(keyring),
        "index": required("CRMIS_INDEX_KEY", "Give 64 hex digits, apart from the encryption keys."),
        "audit": required("CRMIS_AUDIT_KEY", "Give 64 hex digits, apart from the other keys."),
    }
