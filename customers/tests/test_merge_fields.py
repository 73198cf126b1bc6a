"""Places of a message text are filled once, from a fixed list; whatever else is written stays what it is (T17)."""

from __future__ import annotations

import pytest

from customers import merge_fields, texts
from customers.message_kinds import KINDS
from customers.texts import Wording

INJECTIONS = [
    # Jinja, Twig, Django, Liquid
    "{{7*7}}", "{{ 7*'7' }}", "{{config}}", "{{ config.items() }}", "{{settings.SECRET_KEY}}", "{{ SECRET_KEY }}",
    "{{request}}", "{{ request.META }}", "{{self}}", "{{ self.__init__.__globals__ }}", "{{''.__class__.__mro__}}",
    "{{ ().__class__.__bases__[0].__subclasses__() }}", "{{cycler.__init__.__globals__.os.popen('id').read()}}",
    "{{ lipsum.__globals__['os'] }}", "{{joiner.__init__.__globals__}}", "{{ namespace.__init__ }}", "{{url_for}}",
    "{{get_flashed_messages}}", "{{ [].append(1) }}", "{{_self.env}}", "{{['id']|filter('system')}}", "{{dump(app)}}",
    "{% debug %}", "{% load log %}", "{% include 'settings.py' %}", "{% if 1 %}x{% endif %}", "{% for x in y %}",
    "{% import os %}", "{% csrf_token %}", "{# comment #}", "{{messages.storages.0.signer.key}}",
    "{{number.__class__}}",
    "{{ number|upper }}", "{{number()}}", "{{ number.secret }}", "{{number[0]}}", "{{number}x{{",
    # str.format, %-format, string.Template
    "{0.__class__}", "{number.__class__.__init__.__globals__[settings].SECRET_KEY}", "{0!r}", "{number:>1000000}",
    "%(SECRET_KEY)s", "%s%s%s%n", "%(number)s", "$SECRET_KEY", "${SECRET_KEY}", "$number", "${number}", "$${number}",
    # expression languages and server pages
    "${7*7}", "#{7*7}", "*{7*7}", "@{7*7}", "~{7*7}", "${T(java.lang.Runtime).getRuntime().exec('id')}",
    "#{T(java.lang.System).getenv()}", "%{(#context)}", "${{7*7}}", "<%= 7*7 %>", "<%= system('id') %>",
    "<?php echo 1 ?>",
    "<#assign x='freemarker.template.utility.Execute'?new()>", "#set($x=7*7)$x", "$class.inspect('java.lang.Runtime')",
    "[[${7*7}]]", "[(${7*7})]", "{php}echo 1;{/php}", "{system('id')}", "{{= 7*7}}", "{{#with 'x'}}{{/with}}",
    "{{constructor.constructor('return process')()}}", "<script>alert(1)</script>", "`id`", "$(id)",
    "\\u007b\\u007b7*7}}",
]  # fmt: skip
MARKER = "the-marker-in-the-settings"


@pytest.fixture(autouse=True)
def _marked(settings) -> None:
    settings.SECRET_KEY = MARKER


def test_there_are_sixty_injections_and_more() -> None:
    assert len(set(INJECTIONS)) >= 60


@pytest.mark.parametrize("channel", ["SMS", "EMAIL"])
@pytest.mark.parametrize("payload", INJECTIONS)
def test_an_injection_in_a_text_is_sent_as_it_was_typed(payload: str, channel: str) -> None:
    said = Wording(payload, payload)
    subject, body = texts.filled("complaint_received", channel, said, {"number": "TS-1"})
    assert (subject, body) == (said.subject, said.body)
    assert MARKER not in subject + body


@pytest.mark.parametrize("channel", ["SMS", "EMAIL"])
@pytest.mark.parametrize("payload", INJECTIONS)
def test_an_injection_in_a_value_is_sent_as_it_was_typed_and_not_looked_at_again(payload: str, channel: str) -> None:
    said = Wording("{{team}}", "[{{team}}] {{number}}")
    subject, body = texts.filled("complaint_received", channel, said, {"number": "TS-1", "team": payload})
    assert subject == payload
    assert body == f"[{payload}] TS-1"
    assert MARKER not in body


@pytest.mark.parametrize("payload", [each for each in INJECTIONS if "{{" in each])
def test_braces_that_are_no_place_are_noticed(payload: str) -> None:
    assert merge_fields.unknown(f"Your {{{{number}}}} {payload}", KINDS["complaint_received"].fields)


def test_a_value_that_looks_like_a_place_is_not_filled() -> None:
    values = {"number": "{{team}}", "team": "{{number}}"}
    filled = merge_fields.fill("{{number}}/{{ team }}", values, escape=merge_fields.one_line)
    assert filled == "{{team}}/{{number}}"


def test_a_value_brings_no_line_into_a_subject_and_no_control_character_anywhere() -> None:
    said = Wording("{{team}}", "{{team}}")
    subject, body = texts.filled("complaint_received", "EMAIL", said, {"team": "A\r\nBcc: x@y.z\x00\u202etxet"})
    assert subject == "A Bcc: x@y.ztxet"
    assert body == "A\nBcc: x@y.ztxet"
    assert texts.filled("complaint_received", "SMS", said, {"team": "王\n芳"})[1] == "王 芳"


@pytest.mark.parametrize(
    ("text", "characters", "parts", "unicode"),
    [
        ("", 0, 0, False),
        ("a" * 160, 160, 1, False),
        ("a" * 161, 161, 2, False),
        ("a" * 307, 307, 3, False),
        ("€" * 80, 80, 1, False),
        ("€" * 81, 81, 2, False),
        ("您" * 70, 70, 1, True),
        ("您" * 71, 71, 2, True),
        ("😀" * 35, 35, 1, True),
        ("😀" * 36, 36, 2, True),
    ],
)
def test_parts_of_a_short_message_are_counted_as_networks_cut_them(
    text: str, characters: int, parts: int, unicode: bool
) -> None:
    assert merge_fields.size(text) == merge_fields.Size(characters, parts, unicode)


@pytest.mark.parametrize("code", [code for code in KINDS])
@pytest.mark.parametrize("locale", ["zh-hans", "zh-hant", "en"])
def test_the_texts_that_come_with_the_product_pass_their_own_rules(code: str, locale: str) -> None:
    kind = KINDS[code]
    for channel in kind.channels:
        said = texts.shipped(code, channel, locale)
        assert said is not None, (code, channel, locale)
        assert merge_fields.unknown(f"{said.subject}{said.body}", kind.fields) == []
        assert set(kind.required) <= set(merge_fields.places(said.body))
        if channel == "SMS":
            assert not merge_fields.size(said.body).long
