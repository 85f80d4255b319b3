"""The pages: whom they are for, and a technician's whole task in a real browser."""

import json
import re
import shutil

import polars as pl
import pytest
import sqlalchemy as sa

from data.store.batches import keep_tables
from data.store.engine import Store
from data.store.ledger_tables import RESERVATIONS
from tests.api.walk import browser, needs_chromium, served, sign_in
from tests.api.world import NOW, PASSWORD, a_key

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
    form = {"chosen": '["shelf","FSL-1","P-100"]', "asked_part_id": "P-100", "at": "FSL-1",
            "quantity": "1", "key": "a long key"}  # fmt: skip
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


def _repair_with_two_parts(page) -> None:
    """Hold the part that is shown, add one from a place nearby, use both, close the repair."""
    page.get_by_label("Repair order").first.fill("RO-7")
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="written down for RO-7").wait_for()
    order = page.locator("section.order", has=page.get_by_role("heading", name="RO-7"))
    assert order.get_by_text("Every part of the job is here on the shelf.").is_visible()
    order.get_by_role("link", name="Add a part").click()
    page.get_by_label("Number or words").press_sequentially("shaft", delay=10)
    page.get_by_role("link", name="Pump shaft").click()
    nearby = page.locator("li.way", has=page.get_by_role("heading", name="At a site nearby"))
    assert page.get_by_label("Repair order").input_value() == "RO-7"
    nearby.get_by_role("button", name="Reserve 1").click()
    page.get_by_role("status").filter(has_text="written down for RO-7").wait_for()
    assert order.get_by_text("held at Forward 2").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    order.get_by_role("button", name="It was sent").click()
    order.get_by_text("on its way").wait_for()
    order.get_by_role("button", name="It is here").click()
    order.get_by_text("ready to start").wait_for()
    order.get_by_role("button", name="I have it").first.click()
    page.get_by_role("status").filter(has_text="handed over").wait_for()
    order.get_by_role("button", name="I have it").click()
    order.get_by_text("all parts used").wait_for()
    order.get_by_role("button", name="The repair is done").click()
    page.get_by_role("heading", name="Done lately").wait_for()


def test_a_technicians_whole_task_on_the_page(company, tmp_path):
    """Find parts by a mistyped number and a word, hold both for a repair, follow it to its end."""
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
        _repair_with_two_parts(page)
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
    ] * 2


def reserve(door, who: str = "technician", way=("shelf", "FSL-1", "P-100"), **more):
    """What the form sends with the button of a way."""
    form = {"chosen": json.dumps(way), "asked_part_id": way[2], "at": "FSL-1", "quantity": "1",
            "key": a_key(), **more}  # fmt: skip
    return door.post("/reserve", who, data=form, follow_redirects=False)


def test_what_waits_is_promised_for_a_repair_and_shown_with_its_day(door):
    lanes = pl.DataFrame(
        {"part_id": ["P-300"], "location_id": ["FSL-1"], "lead_time_days": [9.0],
         "source": ["supplier"]}
    )  # fmt: skip
    parts = pl.DataFrame({"part_id": ["P-300"], "unit_cost": [1.0], "supplier_id": ["S"]})
    tables = {"lead_times": lanes, "parts": parts}
    keep_tables(door.store, tables, taken_in_at=NOW)
    wanted = {"way": ("new_order", "", "P-300")}
    nameless = reserve(door, **wanted)
    assert (nameless.status_code, "Name the repair order" in nameless.text) == (422, True)
    assert reserve(door, **wanted, repair_order_id="RO-1").status_code == 303
    seen = door.get("/orders", "technician").text
    assert "waiting" in seen
    assert re.search(r"by <strong>\w{3} \d+ Jul", seen)
    errand = door.get("/v1/exceptions?kind=promise_to_order", "planner").json()["exceptions"]
    assert [one["subject"] for one in errand] == ["RO-1 line 1"]


def test_a_button_pressed_twice_holds_once_and_a_colleagues_number_is_taken(door):
    same = {"repair_order_id": "RO-1", "key": "one and the same"}
    assert [reserve(door, **same).status_code for _ in range(2)] == [303, 303]
    assert reserve(door, "colleague", repair_order_id="RO-1", at="FSL-2").status_code == 409
    seen = door.get("/v1/repair-orders", "technician").json()["repair_orders"]
    assert [len(one["lines"]) for one in seen] == [1]


def test_a_choice_that_is_none_is_refused(door):
    for chosen in ("", "shelf", '["shelf"]', "{}"):
        assert reserve(door, chosen=chosen).status_code == 422
    assert reserve(door, way=("teleport", "", "P-100"), repair_order_id="RO-1").status_code == 422


def test_a_wrong_piece_is_told_from_the_page(door):
    assert reserve(door, repair_order_id="RO-1").status_code == 303
    path = "/orders/RO-1/lines/1/wrong/not_there"
    told = door.post(path, "technician", data={"key": a_key()}, follow_redirects=False)
    assert told.status_code == 303
    assert door.post(path, "colleague", data={"key": a_key()}).status_code == 404
    seen = door.get("/v1/exceptions?kind=feedback_not_there", "planner").json()["exceptions"]
    assert len(seen) == 1
