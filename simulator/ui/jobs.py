"""Simulations in processes of their own: started, followed, ended.

The engine never runs in the process of the app: a run takes its whole processor, and all visitors
share one process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from threading import BoundedSemaphore, Lock, Thread
from time import sleep
from typing import Any, Literal

import streamlit as st

from simulator.experiments.job import Order
from simulator.experiments.pool import usable_cores

# The last process of the group to go clears up after the others, and would warn that it had to.
QUIET = ["-W", "ignore:resource_tracker"]
COMMAND = [sys.executable, *QUIET, "-m", "simulator.experiments.job"]
GRACE_S = 0.2  # between asking a process group to end and ending it
STOPPING_S = 8.0  # that a job has to hand over what its runs under way had

State = Literal["waiting", "running", "stopping", "complete", "failed", "canceled"]

_places = BoundedSemaphore(usable_cores())
"""As many jobs at once as there are processors; further ones wait."""


class Job:
    """One order that is being run.

    Attributes:
        order: what is run.
        case, purpose: the page and the part of it that its result is for.
        state: how far it is.
        done, of: runs.
        share: the part of all the simulated time that is done, 0 to 1.
        requests_per_s: how fast it simulates.
        document: what the runs so far came to; None before the first one. After a cancel before
            that, what the runs under way had.
        failure: the error that ended it, with ``message`` and ``problems``.
    """

    def __init__(self, order: Order, case: str, purpose: str) -> None:
        self.order = order
        self.case, self.purpose = case, purpose
        self.state: State = "waiting"
        self.done, self.of = 0, len(order.designs) * order.replications
        self.share = 0.0
        self.requests_per_s = 0.0
        self.document: dict[str, Any] | None = None
        self.failure: dict[str, Any] = {}
        self._process: subprocess.Popen[str] | None = None
        self._lock = Lock()
        Thread(target=self._run, daemon=True).start()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state not in ("waiting", "running", "stopping")

    def cancel(self) -> None:
        """End it and all its processes; what its finished runs came to is kept.

        If none is finished, the runs under way are stopped and what they had is kept; that takes
        a moment, unless one cancels again.
        """
        with self._lock:
            if self.is_over:
                return
            has_partial_runs = self.state == "running" and self.document is None and self.share > 0
            self.state = "stopping" if has_partial_runs else "canceled"
            process = self._process
        if process is None:
            return
        if self.state == "stopping":
            Thread(target=_stop, args=(process,), daemon=True).start()
        else:
            _end(process)

    def _run(self) -> None:
        with _places:
            process = self._start()
            if process is None:
                return
            with process:
                self._listen(process)
            if self.state == "stopping":
                self.state = "canceled"
            if not self.is_over:
                message = f"The simulation ended unexpectedly, with code {process.returncode}."
                self._fail({"message": message, "problems": []})

    def _listen(self, process: subprocess.Popen[str]) -> None:
        """Note what the job reports until it and its workers have ended."""
        assert process.stdout is not None
        for line in process.stdout:
            is_whole = line.endswith("\n")  # the last line of a job that is ended may be torn
            if is_whole and line.strip():
                self._note(json.loads(line))

    def _start(self) -> subprocess.Popen[str] | None:
        """The process with its order given to it; None if it was canceled while it waited."""
        with self._lock:
            if self.is_over:
                return None
            # A group of its own, so that one signal reaches the job and all its workers.
            process = self._process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            self.state = "running"
        with suppress(BrokenPipeError):  # it was ended already
            assert process.stdin is not None
            with process.stdin as stdin:
                stdin.write(self.order.model_dump_json())
        return process

    def _note(self, message: dict[str, Any]) -> None:
        if self.state == "canceled":
            return
        match message.pop("event"):
            case "progress":
                self.done, self.of = message["done"], message["of"]
                self.share, self.requests_per_s = message["share"], message["requests_per_s"]
            case "result":
                is_complete = message.pop("complete")
                self.document = message
                self.state = "complete" if is_complete else self.state
            case "error":
                self._fail(message)

    def _fail(self, failure: dict[str, Any]) -> None:
        self.failure = failure
        self.state = "failed"


def _stop(process: subprocess.Popen[str]) -> None:
    """Have a job stop its runs and say what they had; end it if that takes too long."""
    process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOPPING_S)
    _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        sleep(GRACE_S)
        os.killpg(process.pid, signal.SIGKILL)


class Desk:
    """Where a visitor's job lies: one at a time."""

    def __init__(self) -> None:
        self.job: Job | None = None

    def start(self, order: Order, case: str, purpose: str) -> None:
        """Start a job; one that is still running is ended first."""
        self.cancel()
        self.job = Job(order, case, purpose)

    def cancel(self) -> None:
        """End what is running, if anything is."""
        if self.job is not None:
            self.job.cancel()

    def take(self) -> Job | None:
        """Hand out the job if it is over, once."""
        if self.job is None or not self.job.is_over:
            return None
        job, self.job = self.job, None
        return job


@st.cache_resource(scope="session", on_release=Desk.cancel, show_spinner=False)
def desk() -> Desk:
    """This visitor's desk. When the tab is closed, what runs there is ended."""
    return Desk()
