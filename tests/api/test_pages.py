"""The pages: whom they are for, and a technician's whole task in a real browser."""

import re
import shutil

import pytest
import sqlalchemy as sa

from data.store.engine import Store
from data.store.ledger_tables import RESERVATIONS
from tests.api.walk import browser, needs_chromium, served, sign_in
from tests.api.world import PASSWORD

PAGES = {
    "/": {"technician", "planner", "finance", "admin", "service", "auditor"},
    "/find?q=pump": {"technician", "planner", "finance", "admin"},
    "/part/P-100": {"technician", "planner", "finance", "admin"},
    "/orders": {"technician", "planner"},
    "/docs": {"technician", "planner", "finance", "admin", "service", "auditor"},
    "/openapi.json": {"technician", "planner", "finance", "admin", "service", "auditor"},
}
ROLES = ("technician", "planner", "finance", "admin", "service", "auditor")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_for_those_it_is_for(door, path):
    for who in ROLES:
        answer = door.get(path, who, follow_redirects=False)
        allowed = who in PAGES[path]
        assert answer.status_code in ((200, 303) if allowed else (403,)), (who, answer.text)
    nobody = door.get(path, "none", follow_redirects=False)
    assert nobody.status_code in (303, 401)


def test_pages_ask_no_other_host_and_no_inline_script(door):
    for path in PAGES:
        answer = door.get(path, "technician")
        if answer.status_code != 200 or "html" not in answer.headers["content-type"]:
            continue
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", answer.text)
        assert not re.findall(r"<script(?![^>]*\ssrc=)", answer.text)
        assert not re.findall(r"\s(?:style|on\w+)=\"", answer.text)


def test_text_of_a_part_is_shown_as_text(door):
    answer = door.get("/find?q=<script>alert(1)</script>", "technician")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_costs_are_not_on_a_technicians_page(door):
    assert "more</p>" not in door.get("/part/P-100", "technician").text


def test_a_form_from_elsewhere_changes_nothing(door):
    form = {"part_id": "P-100", "location_id": "FSL-1", "quantity": "1", "key": "a long key"}
    door.client.cookies.set("sparewise_session", door.tokens["technician"])
    answer = door.client.post("/reserve", data=form)
    assert answer.status_code == 403
    assert "csrf.missing" in answer.text
    with door.store.read() as connection:
        assert connection.execute(sa.select(RESERVATIONS)).all() == []


def test_vendored_files_are_what_they_say_they_are():
    import gzip
    import hashlib
    from pathlib import Path

    from api.pages.page import STATIC

    rows = re.findall(r"^\| ([\w.-]+)(?:, unpacked)? \|.*\| ([0-9a-f]{64}) \|$",
                      (STATIC / "VENDORED.md").read_text(), re.MULTILINE)  # fmt: skip
    assert len(rows) == 3
    for name, told in rows:
        content = Path(STATIC / name).read_bytes()
        whole = gzip.decompress(content) if name.endswith(".gz") else content
        assert hashlib.sha256(whole).hexdigest() == told


def test_a_technicians_whole_task_on_the_page(company, tmp_path):
    """Sign in, find a part by a mistyped number, see its ways, hold it, hand it over."""
    needs_chromium()
    place = tmp_path / "company.db"
    shutil.copy(company[0], place)
    with served(tmp_path, place=place) as (address, _), browser() as chromium:
        context = chromium.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        foreign: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda one: foreign.append(one.url) if address not in one.url else None)
        page.on("console", lambda one: troubles.append(one.text) if one.type == "error" else None)
        sign_in(page, address, "tech1", PASSWORD)
        page.get_by_label("Number or words").press_sequentially("P1O0", delay=10)
        page.get_by_role("link", name="Pump seal kit").click()
        page.get_by_role("heading", name="Pump seal kit").wait_for()
        assert page.get_by_role("heading", name="On the shelf, here").is_visible()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360
        page.get_by_label("Repair order").first.fill("RO-7")
        page.keyboard.press("Enter")
        page.get_by_role("status").filter(has_text="held for you").wait_for()
        assert page.get_by_role("heading", name="RO-7").is_visible()
        page.get_by_role("button", name="I have it").click()
        page.get_by_role("status").filter(has_text="handed over").wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(re.compile("/sign-in"))
        page.goto(f"{address}/orders")
        page.wait_for_url(re.compile("/sign-in"))
        context.close()
    assert foreign == []
    assert troubles == []
    store = Store(place)
    with store.read() as connection:
        rows = connection.execute(sa.select(RESERVATIONS)).all()
    store.close()
    assert [(row.state, row.owner, row.repair_order_id) for row in rows] == [
        ("fulfilled", "tech1", "RO-7")
    ]
