"""A visit to the app, in a real browser."""

import os
import re
import time
from itertools import pairwise
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from tests.browser.steps import (  # noqa: E402  after the check that there is a browser's driver
    RUN,
    compare_with,
    open_small_case,
    open_tab,
    press_run,
    settle,
    upload,
)
from tests.small_case import BROKEN, TEXT, taking_long  # noqa: E402

expect = playwright.expect

pytestmark = pytest.mark.browser

DIAGRAM = "Diagram of the system"


def children(pid: int) -> dict[int, int]:
    """The living children of a process, each with its group."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent, group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it ended meanwhile
            continue
        if state != "Z" and int(parent) == pid:
            found[int(stat.parent.name)] = int(group)
    return found


def is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def ends_within(seconds: float, groups) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(is_alive, groups)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(is_alive, groups))


def start_long_run(page, server) -> list[int]:
    """Start a run that lasts; the process groups of its job."""
    open_small_case(page, taking_long())
    page.get_by_role("button", name=RUN).click()
    page.get_by_text(re.compile(r"^\d+ of \d+ runs")).wait_for(timeout=60_000)
    groups = [group for pid, group in children(server.pid).items() if group == pid]
    assert groups
    return groups


def test_one_predicts_runs_and_learns_how_right_one_was(page):
    upload(page)
    run = page.get_by_role("button", name=RUN)
    expect(run).to_be_disabled()
    page.get_by_text("fewer than half").click()
    settle(page)
    press_run(page)
    expect(page.get_by_text("You said fewer than half.")).to_be_visible()
    expect(page.get_by_text("It was more than half:")).to_be_visible()


def test_a_variant_is_compared_in_words_with_intervals(page):
    open_small_case(page)
    compare_with(page, "Three workers")
    press_run(page)
    open_tab(page, "Compare")
    words = page.get_by_text(re.compile(r"p99 latency falls by .* ± .*; better in \d of 3 runs"))
    expect(words).to_be_visible()
    for tab in ("Outcomes", "Queues", "Utilization"):
        open_tab(page, tab)
        expect(page.locator("[data-testid=stVegaLiteChart]")).to_have_count(2)
    open_tab(page, "Findings")
    expect(page.get_by_text("Confirmed")).to_be_visible()
    expect(page.get_by_text("Refuted")).to_be_visible()


def test_a_canceled_run_leaves_partial_results_and_no_process(page, server):
    groups = start_long_run(page, server)
    page.get_by_role("button", name="Cancel").click()
    assert ends_within(3, groups), "two seconds, and one for a busy machine"
    expect(page.get_by_text("Canceled: these are the runs that had finished.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\d+ of 100 runs")).first).to_be_visible()


def test_a_closed_tab_ends_its_run(page, server):
    groups = start_long_run(page, server)
    page.close()
    assert ends_within(10, groups)


def test_ctrl_enter_runs(page):
    open_small_case(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible(timeout=60_000)
    settle(page)


def test_the_problems_of_a_broken_file_are_listed_at_their_places(page):
    upload(page, BROKEN)
    expect(page.get_by_text("small.yaml cannot be run: 2 problems.")).to_be_visible()
    table = page.get_by_test_id("stTable")
    expect(table).to_contain_text("16:7")
    expect(table).to_contain_text("system.components.api.wokers")
    expect(table).to_contain_text("did you mean 'workers'?")
    expect(table).to_contain_text("'50 rps' is not a rate")


def test_filters_are_in_the_address_and_can_be_cleared(page):
    page.goto("/?search=nothing+like+this")
    settle(page)
    expect(page.get_by_text("No case study matches.")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    settle(page)
    expect(page.get_by_role("link", name="Open One slow replica")).to_be_visible()
    assert "search" not in page.url


def test_a_card_and_a_link_lead_to_the_same_case(page):
    page.goto("/")
    settle(page)
    page.get_by_role("link", name="Open One slow replica").click()
    expect(page.get_by_role("heading", name="One slow replica")).to_be_visible()
    settle(page)
    assert "case=slow_replica" in page.url
    page.goto("/?case=slow_replica")
    expect(page.get_by_role("heading", name="One slow replica")).to_be_visible()
    settle(page)


def test_the_address_follows_the_knobs_and_a_copied_link_opens_the_same(page, server):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    open_small_case(page)
    before = len(page.evaluate("location.search"))
    knob = page.get_by_role("slider", name="Workers")
    knob.focus()
    knob.press("ArrowRight")
    page.wait_for_function("location.search.includes('api.workers=3')")
    compare_with(page, "Three workers")
    page.wait_for_function("location.search.includes('compare=three_workers')")
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("status").filter(has_text="Link copied")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("!location.search.includes('api.workers')")
    page.goto(link)
    settle(page)
    expect(page.get_by_role("heading", name="A small case")).to_be_visible()
    expect(page.get_by_role("slider", name="Workers")).to_have_attribute("aria-valuetext", "3")
    assert page.url == link
    assert len(page.evaluate("location.search")) > before


def test_the_diagram_is_worked_by_keyboard_and_says_what_it_shows(page):
    open_small_case(page)
    expect(page.get_by_role("group", name=DIAGRAM)).to_be_visible()
    api = page.get_by_role("button", name="api: server, has a slowdown")
    api.focus()
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_text("Serves calls with a number of workers")).to_be_visible()
    expect(api).to_have_attribute("aria-pressed", "true")


def accessible(page) -> list[tuple[str, str]]:
    """Role and name of everything that a screen reader finds on the page."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    return [
        (node["role"]["value"], node.get("name", {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
    ]


def test_every_chart_says_what_it_shows_and_has_its_numbers_below(page):
    open_small_case(page)
    press_run(page)
    for tab in ("Latency", "Outcomes", "Queues", "Utilization", "Traces", "Cost"):
        open_tab(page, tab)
        panel = page.get_by_role("tabpanel").first
        expect(panel.get_by_test_id("stVegaLiteChart").first).to_be_visible()
        names = [name for role, name in accessible(page) if role == "graphics-document"]
        assert len(names) == panel.get_by_test_id("stVegaLiteChart").count()
        assert all(re.search(r" \d", name) for name in names), names
        expect(panel.get_by_text("The numbers of this chart")).to_have_count(len(names))
        panel.get_by_text("The numbers of this chart").last.click()
        expect(panel.get_by_test_id("stDataFrame").last).to_be_visible()


def test_the_events_are_a_table_that_can_be_sorted(page):
    open_small_case(page)
    press_run(page)
    open_tab(page, "Events")
    table = page.get_by_role("tabpanel").first.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["When", "Where", "What"])
    expect(table.get_by_role("row").last).to_contain_text("The run ends")
    page.get_by_role("radio", name="Place").click()
    settle(page)
    expect(table.get_by_role("row").last).to_contain_text("api")


@pytest.mark.parametrize("look", [{"color_scheme": "dark"}])
def test_at_night_the_page_is_dark_and_readable(page):
    open_small_case(page)
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    ground, ink = page.evaluate(
        "() => { const style = getComputedStyle(document.querySelector('[data-testid=stApp]'));"
        " return [style.backgroundColor, style.color] }"
    )
    assert sum(channels(ground)) < 100
    assert sum(channels(ink)) > 600


def channels(color: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", color)[:3]]


def test_a_deep_system_still_runs_from_left_to_right_on_a_wide_page(page):
    upload(page, chain_of(6))
    page.get_by_role("heading", name="A small case").wait_for()
    settle(page)
    boxes = [page.get_by_role("button", name=f"s{i}: server").bounding_box() for i in range(6)]
    assert all(a["x"] + a["width"] < b["x"] for a, b in pairwise(boxes))
    assert max(box["x"] + box["width"] for box in boxes) <= 1280


def chain_of(servers: int) -> str:
    """The small case with another system: servers one behind the other."""
    names = [f"s{i}" for i in range(servers)]
    chain = [f"    {a}: {{kind: server, service_time: 1ms, next: {b}}}" for a, b in pairwise(names)]
    last = f"    {names[-1]}: {{kind: server, service_time: 1ms}}"
    kept = TEXT[: TEXT.index("system:")]
    system = ["system:", "  entry: s0", "  components:", *chain, last]
    load = ["workload: {arrivals: {kind: poisson, rate: 9/s}}", "run: {duration: 9s}"]
    return kept + "\n".join([*system, *load])


@pytest.mark.parametrize("look", [{"viewport": {"width": 390, "height": 844}}])
def test_on_a_phone_nothing_is_cut_off_and_the_diagram_runs_downward(page):
    open_small_case(page)
    press_run(page)
    width = "document.querySelector('[data-testid=stMain]').scrollWidth"
    assert page.evaluate(width) <= 390
    users = page.get_by_role("button", name="users:").bounding_box()
    api = page.get_by_role("button", name=re.compile("^api: server")).bounding_box()
    assert users["y"] + users["height"] <= api["y"]
