"""A visit to the studies of a case, in a real browser."""

import re

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from tests.browser.steps import (  # noqa: E402  after the check that there is a browser's driver
    LONGEST_MS,
    open_small_case,
    open_tab,
    press_run,
    settle,
)

expect = playwright.expect

pytestmark = pytest.mark.browser

CHART = "[data-testid=stVegaLiteChart]"


def run_study(page):
    page.get_by_role("button", name=re.compile(r"Run$")).click()
    page.locator(CHART).first.wait_for(timeout=LONGEST_MS)
    page.get_by_test_id("stProgress").wait_for(state="detached", timeout=LONGEST_MS)
    settle(page)


@pytest.mark.parametrize(
    "look", [{"color_scheme": "dark", "viewport": {"width": 390, "height": 844}}]
)
def test_from_a_result_one_goes_on_to_a_sweep_and_a_tornado_even_on_a_phone(page):
    open_small_case(page)
    press_run(page)
    page.get_by_text("Look further: sweep").click()
    page.get_by_role("heading", name="Look further").wait_for()
    settle(page)
    run_study(page)
    expect(page.get_by_text("p99 latency over requests a second")).to_be_visible()
    page.get_by_text("The same on the command line").click()
    expect(page.get_by_text("simulator sweep small.yaml")).to_be_visible()
    open_tab(page, "Tornado")
    run_study(page)
    expect(page.get_by_text("What turns p99 latency")).to_be_visible()
    width = "document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(width) <= 390
    chart = page.locator(CHART).first.bounding_box()
    assert chart["x"] + chart["width"] <= 390
