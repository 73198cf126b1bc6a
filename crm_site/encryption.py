"""Personal data at rest: AES-256-GCM with a key id, and keyed blind indexes for exact search.

Stored form: ``v1:<key id>:<urlsafe base64 of nonce ‖ ciphertext ‖ tag>``. The associated data is
``app.model.field``, so a value pasted into another column does not open (domain J.4).
"""

from __future__ import annotations

import base64
import datetime
import hmac
import os
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from crm_site import keyring

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField  # Django's fields cannot be subscripted when the code runs

_PREFIX = "v1"
_NONCE = 12


class CannotDecrypt(Exception):
    """The stored text was altered, moved from another column, or its key is missing."""


@lru_cache(maxsize=16)
def _cipher_of(key: str) -> AESGCM:
    return AESGCM(bytes.fromhex(key))


def _cipher(key_id: str) -> AESGCM:
    try:
        return _cipher_of(keyring.key(key_id))
    except KeyError as error:
        raise ImproperlyConfigured(f"Encryption key {key_id!r} is not in the key ring.") from error


def current_key_id() -> str:
    """The key new values are written with."""
    return keyring.current()


def encrypt(value: str, *, place: str) -> str:
    """Seal ``value`` for the column ``place`` (``app.model.field``)."""
    key_id = current_key_id()
    nonce = os.urandom(_NONCE)
    sealed = _cipher(key_id).encrypt(nonce, value.encode(), place.encode())
    return f"{_PREFIX}:{key_id}:{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, *, place: str) -> str:
    """Open a stored value.

    Raises CannotDecrypt when it was altered or belongs to another column.
    """
    try:
        prefix, key_id, body = stored.split(":", 2)
        if prefix != _PREFIX:
            raise ValueError(prefix)
        raw = base64.urlsafe_b64decode(body)
        return _cipher(key_id).decrypt(raw[:_NONCE], raw[_NONCE:], place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise CannotDecrypt(place) from error


def key_id_of(stored: str) -> str:
    """Which key sealed this stored value."""
    return stored.split(":", 2)[1]


def blind(purpose: str, value: str) -> bytes:
    """32-byte keyed hash of an already normalised value; ``purpose`` keeps columns apart."""
    return hmac.digest(bytes.fromhex(settings.BLIND_INDEX_KEY), f"{purpose}\x1f{value}".encode(), "sha256")


class EncryptedTextField(_TextField):
    """Text that is plain in Python and sealed in the database. It cannot be searched: keep a blind index beside it."""

    @property
    def place(self) -> str:
        """Associated data of this column."""
        return f"{self.model._meta.label_lower}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        return self.seal(super().get_prep_value(value))

    def seal(self, text: str | None) -> str | None:
        """The stored form of an already plain text; empty stays empty."""
        return text if not text else encrypt(text, place=self.place)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return value if not value else decrypt(value, place=self.place)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError(f"{self.place} is encrypted; search its blind index instead.")
        return super().get_lookup(lookup_name)


class BlindIndexField(models.BinaryField):
    """32-byte HMAC beside an encrypted value; equality is all it answers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 32)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)


if TYPE_CHECKING:
    # A checker sees what code sees: a date and an amount. How they are stored is below.
    _Set = TypeVar("_Set", contravariant=True)
    _Get = TypeVar("_Get", covariant=True)

    class EncryptedDateField(models.DateField[_Set, _Get]):
        """A calendar date, sealed; a ``datetime.date`` in Python."""

    class EncryptedMoneyField(models.DecimalField[_Set, _Get]):
        """An amount of CNY with two decimals, sealed; a ``Decimal`` in Python."""

        def __init__(self, verbose_name: Any = ..., *, null: bool = ..., blank: bool = ...) -> None: ...

else:

    class EncryptedDateField(EncryptedTextField):
        """A calendar date, sealed; a ``datetime.date`` in Python."""

        def get_prep_value(self, value: Any) -> Any:
            if value in (None, ""):
                return None
            return self.seal(self.to_python(value).isoformat())

        def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
            text = super().from_db_value(value, expression, connection)
            return datetime.date.fromisoformat(text) if text else None

        def to_python(self, value: Any) -> Any:
            if value in (None, "") or isinstance(value, datetime.date):
                return value or None
            try:
                return datetime.date.fromisoformat(str(value))
            except ValueError as error:
                raise ValidationError(_("Enter the date as YYYY-MM-DD.")) from error

        def formfield(self, **kwargs: Any) -> Any:
            return models.Field.formfield(self, form_class=forms.DateField, **kwargs)

    class EncryptedMoneyField(EncryptedTextField):
        """An amount of CNY with two decimals, sealed; a ``Decimal`` in Python."""

        def get_prep_value(self, value: Any) -> Any:
            if value in (None, ""):
                return None
            return self.seal(str(self.to_python(value)))

        def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
            text = super().from_db_value(value, expression, connection)
            return Decimal(text) if text else None

        def to_python(self, value: Any) -> Any:
            if value in (None, "") or isinstance(value, Decimal):
                return None if value == "" else value
            try:
                return Decimal(str(value))
            except InvalidOperation as error:
                raise ValidationError(_("Enter an amount, for example 12000.50.")) from error

        def formfield(self, **kwargs: Any) -> Any:
            return models.Field.formfield(
                self, form_class=forms.DecimalField, max_digits=18, decimal_places=2, **kwargs
            )
