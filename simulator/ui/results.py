"""What has been run: kept for all visitors as far as there is room, and shown to each."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Any

import streamlit as st

from simulator.experiments.job import Order

MOST_DOCUMENTS = 64  # a few hundred kilobytes each


class Archive:
    """The documents of complete jobs by their order; the least recently used goes first."""

    def __init__(self, most: int = MOST_DOCUMENTS) -> None:
        self._most = most
        self._documents: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = Lock()

    def find(self, digest: str) -> dict[str, Any] | None:
        """The document of an order; nobody may change it."""
        with self._lock:
            if digest in self._documents:
                self._documents.move_to_end(digest)
            return self._documents.get(digest)

    def add(self, digest: str, document: dict[str, Any]) -> None:
        """Keep a document."""
        with self._lock:
            self._documents[digest] = document
            self._documents.move_to_end(digest)
            while len(self._documents) > self._most:
                self._documents.popitem(last=False)


@st.cache_resource(show_spinner=False)
def archive() -> Archive:
    """The archive that all visitors share."""
    return Archive()


@dataclass(frozen=True)
class Shown:
    """A result on a page: what was ordered and what came of it."""

    order: Order
    document: dict[str, Any]
    is_complete: bool


def show(case: str, purpose: str, result: Shown) -> None:
    """Make it the result that the page of a case study shows for a purpose."""
    st.session_state.setdefault("shown", {})[case, purpose] = result


def shown(case: str, purpose: str) -> Shown | None:
    """What the page of a case study shows for a purpose."""
    return st.session_state.get("shown", {}).get((case, purpose))
