"""What the programme says about itself: one JSON object a line on stderr, UTC, without personal data.

structlog and the standard library come out of the same pipe. Exceptions are written as tracebacks without local
variables and without their own words (crm_site.failures), because both hold names and numbers of people; the address
of a request is written as its route, because people type into addresses. Values that look personal or secret are
blotted out, whoever logged them, and so is every word that is not in Latin letters: our own lines are in English, so
such a word came from somebody. JSON escapes line breaks, so nobody can forge a line.
"""

from __future__ import annotations

import logging.config
import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from crm_site import failures

# Keys made by ourselves; blotting them would cost the reader the thread to follow.
TRUSTED_KEYS = frozenset({"timestamp", "level", "logger", "request_id", "user_id", "run", "seq", "hash", "status_code"})
_SECRET_WORDS = r"password|passwd|secret|token|authorization|cookie|session|csrf|api_?key|recovery|otp"  # noqa: S105 - names of secrets, not one
SECRET_KEYS = re.compile(_SECRET_WORDS, re.IGNORECASE)

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # PostgreSQL repeats the offending values in its detail lines
    (re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= |$|\n)"), r"\1([removed])"),
    (re.compile(r"(Failing row contains ).*"), r"\1([removed])."),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 [secret]"),
    (
        re.compile(rf"(?i)\b(\w*(?:{_SECRET_WORDS})\w*)(\s*[=:]\s*)[^\s&;,]+"),
        r"\1\2[secret]",
    ),
    (re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[e-mail]"),
    (re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])"), "[id]"),
    (re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"), "[phone]"),
    (re.compile(r"(?<!\d)0\d{2,3}[ -]\d{7,8}(?!\d)"), "[phone]"),
    (re.compile(r"(?<![\w+])\+\d{1,3}[ -]?\d(?:[ -]?\d){6,12}(?!\d)"), "[phone]"),
    (re.compile(r"(?<!\d)\d{4}(?:[ -]\d{4}){2,3}(?:[ -]\d{1,7})?(?!\d)"), "[card]"),
    (re.compile(r"(?<![0-9A-Za-z])\d{13,19}(?![0-9A-Za-z])"), "[number]"),
    # tokens as secrets.token_urlsafe() makes them: long, with digits and both cases
    (
        re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{22,}(?![\w-])", re.ASCII),
        "[token]",
    ),
)


def redact(text: str) -> str:
    """``text`` with phone, identity and card numbers, e-mail addresses, tokens and database details blotted out."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


_FOREIGN_WORDS = re.compile(r"[^\x00-\x7f]+(?: +[^\x00-\x7f]+)*")


def _blotted(text: str) -> str:
    return _FOREIGN_WORDS.sub("[text]", redact(text))


def _redact_value(key: str, value: object) -> object:
    if key in TRUSTED_KEYS:
        return value
    if SECRET_KEYS.search(key):
        return "[secret]"
    if isinstance(value, Mapping):
        return {name: _redact_value(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redact_value("", inner) for inner in value]
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        cleaned = redact(str(value))
        return value if cleaned == str(value) else cleaned
    if isinstance(value, BaseException):
        return failures.told(value)
    return _blotted(str(value))


def redact_event(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """structlog processor: blots every value of the event; runs last, after exceptions became text."""
    return {key: _redact_value(key, value) for key, value in event.items()}


# What a task of the queue says of itself: its arguments and the words of its failure.
_QUOTING_KEYS = frozenset({"exc", "traceback", "args", "kwargs", "return_value"})


def unquoted(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Processor for records of libraries: says the message again with failures told and addresses as routes."""
    record, args = event["_record"], event.pop("positional_args", ())
    failure = event["exc_info"][1] if isinstance(event.get("exc_info"), tuple) else None
    if isinstance(record.msg, BaseException) or (record.name.startswith("django.security") and failure):
        event["event"] = failures.told(failure or record.msg)
    elif isinstance(args, Mapping):
        event["event"] = record.msg % {key: _unquoted_item(key, value) for key, value in args.items()}
    elif args:
        event["event"] = record.msg % tuple(_unquoted_argument(record, value) for value in args)
    return event


def _unquoted_item(key: str, value: object) -> object:
    return "[removed]" if key in _QUOTING_KEYS else value


def _unquoted_argument(record: logging.LogRecord, value: object) -> object:
    if isinstance(value, BaseException):
        return failures.told(value)
    if isinstance(value, str) and value.startswith("/") and record.name.startswith(("django.", "gunicorn.")):
        return _route(getattr(record, "request", None))
    return value


def _route(request: object) -> str:
    """The pattern of the address table that the request met; what was typed into an address stays out."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "[address]"


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
    ]


def configuration(level: str = "INFO") -> dict[str, Any]:
    """The ``LOGGING`` dictionary: one JSON handler on the root, everything else propagates into it."""
    quiet = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "pass_foreign_args": True,
                "foreign_pre_chain": [unquoted, *_shared_processors(), structlog.stdlib.ExtraAdder({"status_code"})],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.ExceptionRenderer(failures.traced),
                    redact_event,
                    structlog.processors.JSONRenderer(sort_keys=True),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {**quiet, "level": level},
            "django.server": {**quiet, "level": "WARNING"},
            "django.db.backends": {**quiet, "level": "WARNING"},  # statements carry parameters
            "celery": {**quiet, "level": level},
            "celery.beat": {**quiet, "level": "WARNING"},
            "celery.app.trace": {**quiet, "level": "WARNING"},  # our own job lines say more
            "kombu.connection": {**quiet, "level": "ERROR"},  # it notes each minute that files have no host
            "celery.worker.strategy": {**quiet, "level": "WARNING"},
            "gunicorn.error": {**quiet, "level": level},
            "gunicorn.access": {**quiet, "level": "WARNING"},
        },
    }


def configure(settings: Mapping[str, Any]) -> None:
    """``LOGGING_CONFIG``: apply the dictionary to the standard library and point structlog at it."""
    logging.config.dictConfig(dict(settings))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
