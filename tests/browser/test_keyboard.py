"""A visit by keyboard alone: no click, no focus set by a script."""

import re
from itertools import pairwise

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from tests.browser.steps import LONGEST_MS, settle  # noqa: E402  after the check for a driver

expect = playwright.expect

pytestmark = pytest.mark.browser

MOST_STOPS = 90  # of the Tab key on the fullest page
MOST_TABS = 12
FOCUSED = """() => {
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
    const role = element.getAttribute('role') || element.tagName.toLowerCase();
    if (['body', 'main'].includes(role)) return [role, ''];
    const label = element.labels?.[0]?.innerText;
    return [role, element.getAttribute('aria-label') || label || element.innerText || ''];
}"""


def focused(page) -> tuple[str, str]:
    """Role and name of what has the focus."""
    role, name = page.evaluate(FOCUSED)
    return role, " ".join(name.split())


def tab_to(page, name: str) -> str:
    """Press Tab until something has the focus whose name has these words; its role."""
    passed = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        passed.append(focused(page))
        if re.search(name, passed[-1][1]):
            return passed[-1][0]
    raise AssertionError(f"no way to {name!r}; passed {[each for _, each in passed]}")


def arrow_to(page, tab: str) -> None:
    """Press the right arrow until a tab has the focus; Tab leads back if it was lost."""
    passed = []
    for _ in range(MOST_TABS):
        press(page, "ArrowRight")
        passed.append(focused(page))
        if passed[-1] == ("tab", tab):
            return
        if passed[-1][0] != "tab":
            tab_to(page, "^(Latency|Outcomes|Queues|Utilization|Traces|Events|Cost|Compare)$")
            if focused(page) == ("tab", tab):
                return
    raise AssertionError(f"no tab {tab!r}; passed {passed}")


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
    settle(page)


def test_a_whole_case_can_be_worked_through_by_keyboard(page, server):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    page.goto("/")
    settle(page)
    assert tab_to(page, "^Skip to main content") == "a"
    tab_to(page, "Open The retry storm")
    press(page, "Enter")
    expect(page.get_by_role("heading", name="The retry storm")).to_be_visible()
    settle(page)

    tab_to(page, "less than six in ten")
    press(page, "Space")
    tab_to(page, "^Requests a second$")
    press(page, "ArrowLeft")
    tab_to(page, "^Compare with$")
    page.keyboard.type("budget")
    press(page, "Enter")
    tab_to(page, "Runs and random numbers")
    press(page, "Enter")
    tab_to(page, "^Runs of each design$")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    press(page, "Tab")
    assert tab_to(page, "Run Ctrl") == "button"
    page.keyboard.press("Enter")
    expect(page.get_by_text("You said less than six in ten.")).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_role("heading", name="What to take away")).to_be_visible()
    settle(page)

    assert tab_to(page, "^Latency$") == "tab"
    arrow_to(page, "Events")
    expect(page.get_by_role("cell", name="Crash begins").first).to_be_visible()
    arrow_to(page, "Compare")
    expect(page.get_by_text("95 % intervals over pairs of runs")).to_be_visible()
    tab_to(page, "^Findings$")

    tab_to(page, "^api: server")
    press(page, "Enter")
    expect(page.get_by_text("Serves calls with a number of workers")).to_be_visible()
    assert focused(page)[1].startswith("api: server"), "a chosen part keeps the focus"
    tab_to(page, "^Copy link$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Link copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    for part in ("case=retry_storm", "compare=budget", "arrivals.rate=", "replications=2"):
        assert part in copied


def test_ctrl_enter_runs_from_anywhere(page):
    page.goto("/case?case=retry_storm&replications=1")
    settle(page)
    tab_to(page, "^Skip, just show me$")
    press(page, "Enter")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible(timeout=LONGEST_MS)
    settle(page)


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/", ["Search", "Level", "Open The retry storm", "Upload a file"]),
        (
            "/case?case=retry_storm",
            ["All case studies", "^client", "less than six", "Skip, just", "The story", "Copy link"]
            + ["Help for Requests", "^Requests a second$", "^Compare with$", "Sources"],
        ),
    ],
)
def test_one_sees_where_the_focus_is(page, address, names):
    page.goto(address)
    settle(page)
    for name in names:
        tab_to(page, name)
        assert looks_different_without_focus(page), name


def looks_different_without_focus(page) -> bool:
    """Whether the picture of what has the focus changes when it loses it."""
    page.wait_for_timeout(300)  # rings fade in
    with_focus = page.screenshot()
    page.evaluate("window.lost = document.activeElement; window.lost.blur()")
    page.wait_for_timeout(300)
    without_focus = page.screenshot()
    page.evaluate("window.lost.focus()")
    return with_focus != without_focus


@pytest.mark.parametrize("address", ["/", "/case?case=slow_replica"])
def test_the_headings_are_an_outline(page, address):
    page.goto(address)
    settle(page)
    tags = page.locator("h1,h2,h3,h4,h5,h6").evaluate_all("found => found.map(e => e.tagName)")
    levels = [int(tag[1]) for tag in tags]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
