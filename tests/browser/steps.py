"""What a visitor does, in steps."""

from __future__ import annotations

import re

from playwright.sync_api import Page

from tests.small_case import TEXT

LONGEST_MS = 60_000
RUN = re.compile(r"^Run\b")  # its name goes on with its shortcut


def settle(page: Page) -> None:
    """Wait until the page is drawn: connected, its script done, nothing left to be loaded."""
    page.wait_for_timeout(200)  # widgets send their changes a moment after they were made
    app = "[data-testid='stApp']"
    connected = f"{app}[data-test-connection-state='CONNECTED']"
    page.wait_for_selector(connected, state="attached", timeout=LONGEST_MS)
    at_rest = f"{app}[data-test-script-state='notRunning']"
    page.wait_for_selector(at_rest, state="attached", timeout=LONGEST_MS)
    page.wait_for_function(
        "() => !document.querySelector('[data-testid=stSkeleton]')"
        " && document.fonts.status === 'loaded'"
    )


def upload(page: Page, text: str = TEXT) -> None:
    """Open a scenario of one's own from the library."""
    page.goto("/")
    settle(page)
    file = {"name": "small.yaml", "mimeType": "application/yaml", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)
    settle(page)


def open_small_case(page: Page, text: str = TEXT) -> None:
    """Open the small case and get past its question."""
    upload(page, text)
    page.get_by_role("heading", name="A small case").wait_for()
    settle(page)
    page.get_by_text("Skip, just show me").click()
    settle(page)


def compare_with(page: Page, variant: str) -> None:
    """Choose a variant."""
    box = page.get_by_label("Compare with")
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(200)  # a list that is opened while the page scrolls closes again
    box.click()
    page.get_by_role("option", name=variant).click()
    settle(page)


def press_run(page: Page) -> None:
    """Run and wait for the result."""
    page.get_by_role("button", name=RUN).click()
    page.get_by_role("heading", name="What happened").wait_for(timeout=LONGEST_MS)
    page.get_by_role("heading", name="What to take away").wait_for(timeout=LONGEST_MS)
    settle(page)


def open_tab(page: Page, name: str) -> None:
    """Open a tab."""
    page.get_by_role("tab", name=name, exact=True).click()
    settle(page)
