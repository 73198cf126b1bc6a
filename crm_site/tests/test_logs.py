"""A log line says what happened and to which number, never to whom."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from django.db import DataError, OperationalError
from django.test import RequestFactory
from django.urls import resolve

from crm_site import failures, logs
from crm_site.errors import RuleBroken
from crm_site.jobs import LeaseLost


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the one handler writes."""
    configured = logs.configuration()["formatters"]["json"]
    formatter = configured["()"](**{key: value for key, value in configured.items() if key != "()"})
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.getLogger("crm_test")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield stream
    logger.removeHandler(handler)


def only(stream: io.StringIO) -> dict[str, object]:
    written = stream.getvalue()
    assert written.count("\n") == 1
    line: dict[str, object] = json.loads(written)
    return line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call 13812345678 now", "call [phone] now"),
        ("手机138 1234 5678。", "手机[phone]。"),
        ("+86-13812345678", "[phone]"),
        ("021-65432100", "[phone]"),
        ("+852 2345 6789", "[phone]"),
        ("11010519491231002X", "[id]"),
        ("6222021234567890123", "[number]"),
        ("6222 0212 3456 7890 123", "[card]"),
        ("write to wang.xm@example.com.cn", "write to [e-mail]"),
        ("Authorization: Bearer abcDEF123456", "Authorization: [secret] [secret]"),
        ("GET /x?token=abc&b=1", "GET /x?token=[secret]&b=1"),
        ("/s/Ab3dEfGhIjKlMnOpQrStUvWxYz_-12/", "/s/[token]/"),
        ("Key (phone)=(139 0000 0000) already exists.", "Key (phone)=([removed]) already exists."),
        ("DETAIL:  Failing row contains (1, 王小明, null).", "DETAIL:  Failing row contains ([removed])."),
    ],
)
def test_personal_and_secret_values_are_blotted_out(text: str, expected: str) -> None:
    assert logs.redact(text) == expected


@pytest.mark.parametrize(
    "text", ["TS-20250926-0018", "C-2019-004217", "2025-10-10T17:00:00+08:00", "52816 rows in 12.5 s", "127.0.0.1"]
)
def test_numbers_of_things_and_times_stay_readable(text: str) -> None:
    assert logs.redact(text) == text


def test_a_line_is_one_json_object_with_utc_time_request_and_user_number(lines: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1", user_id=7):
        logging.getLogger("crm_test").info("first\r\nforged: line")
    line = only(lines)
    assert (line["event"], line["request_id"], line["user_id"]) == ("first\r\nforged: line", "r-1", 7)
    assert str(line["timestamp"]).endswith("Z")


def test_a_traceback_shows_no_local_variables(lines: io.StringIO) -> None:
    def work() -> None:
        name = "王小明"
        raise ValueError(f"{len(name)} characters")

    try:
        work()
    except ValueError:
        logging.getLogger("crm_test").exception("failed")
    line = only(lines)
    assert "in work" in str(line["exception"])
    assert str(line["exception"]).endswith("\nValueError")
    assert "王小明" not in str(line["exception"])


QUOTED = "Ouyang"


def _failed(error: BaseException) -> BaseException:
    """The same exception with a traceback and a cause that quotes as well."""
    try:
        try:
            int(QUOTED)
        except ValueError as cause:
            raise error from cause
    except BaseException as raised:
        return raised


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError(f"bad {QUOTED}"), "ValueError"),
        (KeyError(QUOTED), "KeyError"),
        (DataError(f'invalid input syntax: "{QUOTED}"'), "DataError"),
        (TypeError(f"Field 'id' expected a number but got '{QUOTED}'"), "TypeError"),
        (RuleBroken("customer.twice", f"{QUOTED} is there already"), "RuleBroken: customer.twice"),
        (FileNotFoundError(2, "No such file or directory", f"{QUOTED}.csv"), "No such file or directory"),
        (OperationalError("connection refused"), "OperationalError: connection refused"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (LeaseLost("score 2025-09-25"), "LeaseLost: score 2025-09-25"),
    ],
)
def test_an_exception_is_told_without_the_value_it_quotes(lines: io.StringIO, error: BaseException, told: str) -> None:
    raised = _failed(error)
    logging.getLogger("crm_test").error("failed: %s", raised, exc_info=raised)
    line = only(lines)
    assert told in str(line["event"])
    assert str(line["exception"]).endswith(told)
    assert "direct cause" in str(line["exception"])
    assert QUOTED not in lines.getvalue()


def test_every_member_of_a_group_of_failures_is_told() -> None:
    group = ExceptionGroup("two", [ValueError(QUOTED), OSError(28, "No space left on device")])
    text = failures.traced((type(group), group, None))
    assert "No space left on device" in text
    assert text.count("ValueError") == 1
    assert QUOTED not in text


def test_a_request_is_logged_by_its_route_and_never_by_what_was_typed(lines: io.StringIO, rf: RequestFactory) -> None:
    request = rf.get(f"/customers/{QUOTED}/")
    django = logging.getLogger("crm_test").manager.getLogger("django.request")
    django.addHandler(logging.getLogger("crm_test").handlers[0])
    try:
        django.warning("%s: %s", "Not Found", request.path, extra={"request": request})
        request.resolver_match = resolve("/customers/7/")
        django.warning("%s: %s", "Not Found", request.path, extra={"request": request})
    finally:
        django.removeHandler(logging.getLogger("crm_test").handlers[0])
    events = [json.loads(line)["event"] for line in lines.getvalue().splitlines()]
    assert events == ["Not Found: [address]", "Not Found: /customers/<str:number>/"]


def test_words_that_are_not_latin_are_somebodys_and_blotted(lines: io.StringIO) -> None:
    logging.getLogger("crm_test").info("met %s and Müller at 10.5 MB", "王小明 先生")
    assert only(lines)["event"] == "met [text] and M[text]ller at 10.5 MB"


def test_a_task_of_the_queue_shows_neither_arguments_nor_the_words_of_its_failure(lines: io.StringIO) -> None:
    said = {"name": "send", "id": "7", "exc": f"ValueError('{QUOTED}')", "args": f"('{QUOTED}',)", "traceback": QUOTED}
    logging.getLogger("crm_test").error("Task %(name)s[%(id)s] raised: %(exc)s %(args)s", said)
    assert only(lines)["event"] == "Task send[7] raised: [removed] [removed]"


def test_values_hide_at_every_depth_and_by_the_name_of_their_key(lines: io.StringIO) -> None:
    structlog.wrap_logger(
        logging.getLogger("crm_test"), processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
    ).info("x", rows=[{"phone": 13812345678, "password": "p"}], session_key="abc", amount=500)
    line = only(lines)
    assert line["rows"] == [{"phone": "[phone]", "password": "[secret]"}]
    assert (line["session_key"], line["amount"]) == ("[secret]", 500)
