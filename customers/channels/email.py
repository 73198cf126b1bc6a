"""E-mail through the SMTP server of Django's settings."""

from __future__ import annotations

import smtplib

from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import BadHeaderError

from customers.channels.base import Letter, Refused, TryLater


class EmailGateway:
    """One recipient a message; the Message-ID is the letter's reference, so a repeat is recognised."""

    def send(self, letter: Letter) -> str:
        """Connecting fails → TryLater. 5xx → Refused, 4xx → TryLater. Lost after DATA → the exception goes through."""
        connection = get_connection()
        try:
            connection.open()
        except (OSError, smtplib.SMTPException) as error:
            raise TryLater(type(error).__name__) from error
        reference = f"<{letter.uuid}@crmis>"
        try:
            EmailMessage(
                letter.subject,
                letter.body,
                to=[letter.address],
                headers={"Message-ID": reference},
                connection=connection,
            ).send()
        except BadHeaderError as error:
            raise Refused("header") from error
        except smtplib.SMTPRecipientsRefused as error:
            raise _answer(min(code for code, _text in error.recipients.values())) from error
        except smtplib.SMTPResponseException as error:
            raise _answer(error.smtp_code) from error
        finally:
            connection.close()
        return reference


def _answer(code: int) -> Exception:
    """A 4xx code asks to come back, a 5xx code is final."""
    return TryLater(f"smtp {code}") if 400 <= code < 500 else Refused(f"smtp {code}")
