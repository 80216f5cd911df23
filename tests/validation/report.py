"""Writes what the validation tests found as a page, if ``VALIDATION_REPORT`` says where.

Under pytest-xdist the tests run in other processes; their notes come back with their reports, as
user properties, to the one process that writes. ``tests/conftest.py`` registers this, because that
process collects no tests and reads no conftest further down.
"""

import os
from pathlib import Path

HEAD = """\
# Validation

Published and theoretical results, each reproduced through a scenario file: see `tests/validation`.
A number agrees if the mean of 20 replications lies within 3.9 standard errors of what is expected,
and 3.9 standard errors are no more than the row's limit. A number without an error has to lie
within the limit itself.

This page is written by `make test-all`, or by any run of tests with `VALIDATION_REPORT` set to its
path. A limit marked (quick) is the wider one of `make test`: for this page that number has not been
simulated at its row's own width.

| row | system | number | expected | simulated | 3.9 errors | limit | agrees |
|---|---|---|---:|---:|---:|---:|---|
"""

EXCUSES = """
Published numbers that are not reproduced:

| row | number | reason |
|---|---|---|
"""


class Report:
    """Collects the notes of all tests.

    Args:
        path: the page to write.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.lines = {}
        self.excuses = set()

    def pytest_runtest_logreport(self, report):
        if (
            report.when != "teardown"
        ):  # user properties come with every phase, complete with the last
            return
        for name, value in report.user_properties:
            if name == "validation":
                self.take(dict(value))
            elif name == "excused":
                self.excuses.add(tuple(value))

    def take(self, line):
        """Keep a number; where it was simulated twice, at the row's own width."""
        name = line["row"], line["system"], line["number"]
        if line["full"] or name not in self.lines:
            self.lines[name] = line

    def pytest_sessionfinish(self):
        if self.lines:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(self.text(), encoding="utf-8")

    def text(self):
        """The page."""
        rows = [self.lines[name] for name in sorted(self.lines)]
        page = HEAD + "".join(map(as_row, rows))
        if self.excuses:
            page += EXCUSES + "".join(f"| {' | '.join(each)} |\n" for each in sorted(self.excuses))
        return page


def as_row(line):
    reach = "" if line["reach"] is None else f"{line['reach']:.2g}"
    cells = [
        line["row"],
        line["system"],
        f"`{line['number']}`",
        f"{line['expected']:.6g}",
        f"{line['simulated']:.6g}",
        reach,
        f"{line['limit']:.2g}" + ("" if line["full"] else " (quick)"),
        "yes" if line["agrees"] else "**no**",
    ]
    return f"| {' | '.join(cells)} |\n"


def pytest_configure(config):
    path = os.environ.get("VALIDATION_REPORT")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Report(path), "validation report")
