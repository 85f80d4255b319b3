"""Pictures of the pages for the docs: `python -m tests.api.pictures`, on the demo company.

Each page at phone and at desktop size; one of them in the dark.
"""

import itertools
import re
import sys
from pathlib import Path

from tests.api.walk import ROOT, browser, served, sign_in

PICTURES = ROOT / "docs" / "pictures"
SIZES = {"phone": (360, 740), "desktop": (1200, 800)}


def passwords(demo: Path) -> dict[str, str]:
    lines = (demo / "sign-in.txt").read_text(encoding="utf-8").splitlines()
    return {line.split()[0]: line.split()[1] for line in lines}


def main(demo: Path) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with (
        served(demo.parent, "--demo", str(demo), seconds=300) as (address, _),
        browser() as chromium,
    ):
        known = passwords(demo)
        for size, (width, height) in SIZES.items():
            for dark in (False, True) if size == "phone" else (False,):
                context = chromium.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if dark else "light",
                    device_scale_factor=1,
                    timezone_id="UTC",
                )
                walk(context.new_page(), address, known["tom"], size, dark=dark)
                context.close()


def walk(page, address: str, password: str, size: str, *, dark: bool) -> None:
    def picture(name: str, *, whole: bool = True) -> None:
        ending = "-dark" if dark else ""
        page.screenshot(path=PICTURES / f"{name}-{size}{ending}.png", full_page=whole)

    page.goto(address)
    if not dark:
        picture("sign-in")
    sign_in(page, address, "tom", password)
    page.get_by_label("Number or words").press_sequentially("pump", delay=20)
    page.locator("#results li").first.wait_for()
    if not dark:
        picture("find")
    page.goto(f"{address}/part/PMP-000002?quantity=1")
    picture("part")
    order = _reserve_for_a_new_repair(page, f"{address}/part/PMP-000002?quantity=1")
    page.goto(f"{address}/part/PMP-000005?quantity=60&order={order}")
    page.get_by_role("button", name=re.compile("Wait for it|Ask for it")).first.click()
    page.wait_for_url("**/orders*")
    picture("orders")
    page.get_by_role("button", name="The repair is done").first.click()
    page.wait_for_url("**/orders?done*")


def _reserve_for_a_new_repair(page, address: str) -> str:
    """The first number from RO-1042 on that nobody used: others may have walked here before."""
    for number in itertools.count(1042):
        page.goto(address)
        page.get_by_label("Repair order").fill(f"RO-{number}")
        with page.expect_navigation():
            page.get_by_role("button", name="Reserve").first.click()
        if "/orders" in page.url:
            return f"RO-{number}"
    raise AssertionError


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/serve").absolute())
