"""Sealed columns: nothing readable in the database, nothing moved, and a new key without a moment's blindness."""

from __future__ import annotations

import json
import os
import stat
from base64 import urlsafe_b64decode

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from crm_site import encryption, env, keyring, rotation
from crm_site.encryption import CannotDecrypt, blind, decrypt, encrypt, key_id_of
from crm_site.errors import RuleBroken
from crm_site.models import AuditEvent, Draft
from crm_site.testing import person

PLACE = "crm_site.draft.data"


@pytest.fixture
def two_keys(settings):
    settings.ENCRYPTION_KEYS = {"current": "k1", "keys": {"k1": "11" * 32, "k2": "22" * 32}}
    return settings.ENCRYPTION_KEYS


@pytest.fixture
def drafts(db, two_keys):
    """A thousand sealed rows."""
    owner = person("agent")
    rows = [Draft(user=owner, key=f"d{n}", data=f"text {n}", saved_at=timezone.now()) for n in range(1000)]
    Draft.objects.bulk_create(rows)
    return owner


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM crm_site_draft ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def column():
    return next(found for found in rotation.columns() if found.place == PLACE)


@pytest.mark.parametrize("text", ["x", "王小明", "110101199003078515", "a" * 5000, "emoji 🙂", "=cmd|' /C calc'!A0"])
def test_what_is_sealed_opens_to_the_same_text(text):
    assert decrypt(encrypt(text, place=PLACE), place=PLACE) == text


def test_the_same_text_is_never_sealed_alike_twice():
    assert encrypt("x", place=PLACE) != encrypt("x", place=PLACE)


def test_a_value_moved_to_another_column_does_not_open():
    with pytest.raises(CannotDecrypt, match="b.c.d"):
        decrypt(encrypt("x", place=PLACE), place="b.c.d")


@pytest.mark.parametrize("position", [6, 20, -2])
def test_an_altered_value_does_not_open(position):
    sealed = encrypt("some text", place=PLACE)
    index = position % len(sealed)
    altered = sealed[:index] + ("A" if sealed[index] != "A" else "B") + sealed[index + 1 :]
    with pytest.raises(CannotDecrypt):
        decrypt(altered, place=PLACE)


@pytest.mark.parametrize("text", ["plain text", "v2:k1:abc", "v1:k1:!!!", "v1:k1:", "v1"])
def test_what_was_never_sealed_does_not_open(text):
    with pytest.raises(CannotDecrypt):
        decrypt(text, place=PLACE)


def test_a_missing_key_is_said_to_be_missing(two_keys):
    sealed = encrypt("x", place=PLACE)
    del two_keys["keys"]["k1"]
    two_keys["keys"]["k1x"] = "33" * 32
    with pytest.raises(ImproperlyConfigured, match="k9"):
        decrypt(sealed.replace(":k1:", ":k9:"), place=PLACE)


def test_the_database_holds_no_readable_text(drafts):
    assert all(value.startswith("v1:k1:") for value in stored())
    # "text 1" with its blank: a word of letters alone turns up by chance in a thousand base64 texts.
    assert not any("text 1" in value for value in stored())
    assert not any(b"text 1" in urlsafe_b64decode(value.split(":")[2]) for value in stored())


def test_a_sealed_column_cannot_be_searched(drafts):
    with pytest.raises(TypeError, match="blind index"):
        Draft.objects.filter(data="text 1").exists()


def test_blind_indexes_of_two_columns_differ_for_the_same_value():
    assert blind("phone", "1") == blind("phone", "1") != blind("id", "1")
    assert len(blind("phone", "1")) == 32


def test_rotation_killed_in_the_middle_loses_nothing_and_goes_on_where_it_stopped(drafts, two_keys):
    two_keys["current"] = "k2"

    class Killed(Exception):
        pass

    def kill(done):
        raise Killed

    with pytest.raises(Killed):
        rotation.reseal(column(), progress=kill)
    keys = [key_id_of(value) for value in stored()]
    assert keys.count("k2") == rotation.BATCH and keys.count("k1") == 500
    assert sorted(Draft.objects.values_list("data", flat=True)) == sorted(f"text {n}" for n in range(1000))
    assert rotation.left(column()) == 500
    assert rotation.reseal(column()) == 500
    assert {key_id_of(value) for value in stored()} == {"k2"}
    del two_keys["keys"]["k1"]
    assert Draft.objects.get(key="d999").data == "text 999"
    assert rotation.reseal(column()) == 0


def test_a_value_changed_while_rotation_reads_it_is_left_as_changed(drafts, two_keys, monkeypatch):
    two_keys["current"] = "k2"
    plain_batch = rotation._batch
    Draft.objects.exclude(key="d0").delete()

    def batch_then_somebody_writes(*arguments):
        rows = plain_batch(*arguments)
        Draft.objects.filter(key="d0").update(data="written meanwhile")
        return rows

    monkeypatch.setattr(rotation, "_batch", batch_then_somebody_writes)
    assert rotation.reseal(column()) == 0
    assert Draft.objects.get(key="d0").data == "written meanwhile"


def test_the_command_makes_a_new_key_and_reports_what_it_did(db, settings, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(env, "HOME", tmp_path)
    settings.ENCRYPTION_KEYS = env.embedded_secrets()["encryption"]
    Draft.objects.create(user=person("agent"), key="d", data="text", saved_at=timezone.now())
    call_command("rotate_keys", to="k2", json=True)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["key"], answer["resealed"], answer["left"]) == ("k2", 1, 0)
    assert key_id_of(stored()[0]) == "k2" and Draft.objects.get().data == "text"
    on_disk = env.embedded_secrets()["encryption"]
    assert on_disk["current"] == "k2" and set(on_disk["keys"]) == {"k1", "k2"}
    assert stat.S_IMODE(os.stat(tmp_path / "keys.json").st_mode) == 0o600
    assert AuditEvent.objects.get(action="keys.rotate").after == {"resealed": 1}


def test_a_process_that_started_before_a_key_was_made_still_reads(db, settings, monkeypatch, tmp_path):
    monkeypatch.setattr(env, "HOME", tmp_path)
    old = json.loads(json.dumps(env.embedded_secrets()["encryption"]))
    settings.ENCRYPTION_KEYS = env.choose_embedded_key("k2")
    sealed = encryption.encrypt("x", place=PLACE)
    settings.ENCRYPTION_KEYS = old
    assert key_id_of(sealed) == "k2" and decrypt(sealed, place=PLACE) == "x"


def test_in_production_keys_come_from_the_environment_only(two_keys, monkeypatch):
    monkeypatch.setattr(keyring, "PRODUCTION", True)
    with pytest.raises(RuleBroken):
        keyring.choose("k3")
    keyring.choose("k1")


@pytest.mark.parametrize("name", ["", "K2", "k-2", "k_2", "k:2", "k%", "a" * 17])
def test_a_key_s_name_is_plain(name):
    with pytest.raises(RuleBroken):
        keyring.choose(name)


@pytest.mark.parametrize(
    "ring",
    [
        "",
        "{}",
        '{"current": "k2", "keys": {"k1": "%s"}}' % ("11" * 32),
        '{"current": "k1", "keys": {"k1": "11"}}',
        "[]",
    ],
)
def test_production_refuses_to_start_with_a_broken_ring(ring):
    with pytest.raises(ImproperlyConfigured):
        env._checked_ring(ring)
