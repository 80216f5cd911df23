"""A visit to the traces of a result, in a real browser."""

import json
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from tests.browser.steps import (  # noqa: E402  after the check that there is a browser's driver
    open_small_case,
    open_tab,
    press_run,
    settle,
)

expect = playwright.expect

pytestmark = pytest.mark.browser


def test_one_follows_a_request_reads_why_it_was_slow_and_takes_it_along(page):
    open_small_case(page)
    press_run(page)
    open_tab(page, "Traces")
    expect(page.locator("[aria-label^='Slowest request']").first).to_be_visible()
    expect(page.get_by_text("A request among the slowest 1 % takes")).to_be_visible()
    page.get_by_role("radio", name="Median").click()
    settle(page)
    expect(page.locator("[aria-label^='Median request']").first).to_be_visible()
    page.get_by_role("radio", name="Failed").click()
    settle(page)
    expect(page.get_by_text("No measured request failed.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="OpenTelemetry (JSON)").click()
    document = json.loads(Path(download.value.path()).read_text())
    assert document["resourceSpans"]


@pytest.mark.parametrize("look", [{"viewport": {"width": 390, "height": 844}}])
def test_on_a_phone_the_traces_fit_the_screen(page):
    open_small_case(page)
    press_run(page)
    open_tab(page, "Traces")
    width = "document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(width) <= 390
    chart = page.locator("[data-testid=stVegaLiteChart]").first.bounding_box()
    assert chart["x"] >= 0
    assert chart["x"] + chart["width"] <= 390
