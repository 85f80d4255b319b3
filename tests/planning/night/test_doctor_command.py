"""`sparewise doctor` on either engine: sound is 0, anything else is 5 and named."""

import json

import pytest

from tests.stories.conftest import sparewise

SERVER_KEEPS_NOTHING = "fsync is on"


def doctor(store, monkeypatch):
    """Exit code, and what the doctor did not find good."""
    url = store.url.render_as_string(hide_password=False)
    monkeypatch.setenv("SPAREWISE_DATABASE_URL", url if not store.is_sqlite else "")
    if store.is_sqlite:
        monkeypatch.setenv("SPAREWISE_DATABASE_URL", str(store.url.database))
    told = sparewise("doctor", "--json")
    findings = json.loads(told.stdout)["findings"]
    return told.exit_code, [one["question"] for one in findings if not one["good"]]


def test_a_sound_company_is_found_sound(store, cluster, engine_name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    if engine_name == "postgres":
        cluster.set("fsync", "on")
    try:
        assert doctor(store, monkeypatch) == (0, [])
    finally:
        cluster.set("fsync", "off")


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
def test_a_server_that_does_not_wait_for_its_disk_is_named(store, monkeypatch, tmp_path):
    """As the tests' own server: what it has answered may be lost with the power."""
    monkeypatch.chdir(tmp_path)
    assert doctor(store, monkeypatch) == (5, [SERVER_KEEPS_NOTHING])
