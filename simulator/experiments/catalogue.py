"""The file that a store of runs lies in: an SQLite database with a line a run.

A line has what a run is known and found by, and its row as bytes with their checksum. It is written
in one transaction, so that whoever is killed while writing leaves all of it or nothing; several
processes may use the file at a time (write-ahead log).

Source: https://www.sqlite.org/wal.html
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from simulator.errors import SimulatorError

FILE = "runs.sqlite"
WAIT_S = 10.0  # for another process that is writing
READ_ONLY = ("SQLITE_CANTOPEN", "SQLITE_READONLY")
"""How the names of errors begin that a folder gives in which nothing can be written."""

LAYOUT = """
create table if not exists runs (
    key text primary key, scenario text, variant text, seed integer, replication integer,
    engine text, stored_s real, checksum text, content blob
) without rowid
"""
COLUMNS = "key, scenario, variant, seed, replication, engine, stored_s, length(content)"


class StoreError(SimulatorError):
    """A store of runs cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run in the catalogue.

    Attributes:
        key: what it is known by.
        scenario, variant: the names under which it was first made.
        seed, replication: which run.
        engine: digest of what computed it.
        stored_s: when it was stored, in seconds since 1970.
        size: of its row, in bytes.
    """

    key: str
    scenario: str
    variant: str
    seed: int
    replication: int
    engine: str
    stored_s: float
    size: int = 0

    def as_json(self) -> dict[str, Any]:
        """As in the output of ``simulator runs --json``."""
        stored = datetime.fromtimestamp(self.stored_s, UTC).isoformat(timespec="seconds")
        return {**asdict(self), "stored": stored}


class Catalogue:
    """The runs that are stored in a folder. It is open from the start; whoever has it closes it.

    Args:
        folder: where it lies; made if it is not there.

    Attributes:
        is_writable: whether runs can be added; of a folder that is not, what is there can be read.

    Raises:
        StoreError: there is none, and none can be made, or it is no catalogue.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.is_writable = True
        try:
            self._database = self._open()
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{self.path} cannot be used: {_reason(error)}") from None

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return _begun(self.path.absolute().as_uri(), "pragma journal_mode = wal", LAYOUT)
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(READ_ONLY) or not self.path.is_file():
                raise
            self.is_writable = False
            # The log of a database takes a writable folder; without it nothing may change.
            return _begun(f"{self.path.absolute().as_uri()}?immutable=1", "select 1 from runs")

    def find(self, key: str) -> bytes | None:
        """The bytes stored under a key; None if there are none.

        Raises:
            StoreError: they cannot be read, or are not those that were written.
        """
        with self._telling("read"):
            query = "select content, checksum from runs where key = ?"
            found = self._database.execute(query, (key,)).fetchone()
        if found is None:
            return None
        content, checksum = found
        if not isinstance(content, bytes) or _checksum(content) != checksum:
            raise StoreError(f"{self.path}: the stored run {key} is damaged")
        return content

    def add(self, entry: Entry, content: bytes) -> None:
        """Store a run, in place of any that is there.

        Raises:
            StoreError: it cannot be written.
        """
        fields = (entry.key, entry.scenario, entry.variant, entry.seed, entry.replication)
        stored = (entry.engine, entry.stored_s, _checksum(content), content)
        with self._telling("written"):
            places = ", ".join("?" * len(fields + stored))
            self._database.execute(
                f"insert or replace into runs values ({places})", fields + stored
            )

    def entries(self) -> list[Entry]:
        """All runs, the latest first.

        Raises:
            StoreError: they cannot be read.
        """
        with self._telling("read"):
            query = f"select {COLUMNS} from runs order by stored_s desc, key"
            return [Entry(*fields) for fields in self._database.execute(query)]

    def remove(self, keys: Sequence[str]) -> None:
        """Remove runs, and give their space back.

        Raises:
            StoreError: they cannot be removed.
        """
        with self._telling("written"):
            self._database.execute("begin immediate")
            with self._database:
                self._database.executemany(
                    "delete from runs where key = ?", [(key,) for key in keys]
                )
            self._database.execute("vacuum")

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    @contextmanager
    def _telling(self, what: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self.path} cannot be {what}: {_reason(error)}") from None


def now_s() -> float:
    """The time of day, in seconds since 1970: the age of a file, which no run ever sees."""
    return datetime.now(UTC).timestamp()  # noqa: TID251


def _begun(address: str, *statements: str) -> sqlite3.Connection:
    """A connection on which some statements went well."""
    database = sqlite3.connect(address, WAIT_S, isolation_level=None, uri=True)
    try:
        # enough with a write-ahead log: a power failure costs the last runs, never the others
        database.execute("pragma synchronous = normal")
        for statement in statements:
            database.execute(statement)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _checksum(content: bytes) -> str:
    return sha256(content).hexdigest()


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
