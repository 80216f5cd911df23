"""The wheel, installed where there is no checkout, is the whole program."""

import json
import os
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import venv
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SCENARIOS = sorted(CHECKOUT.glob("scenarios/*/*.yaml"))


@pytest.mark.parametrize(
    "path",
    [
        "app.py",
        ".streamlit/config.toml",
        *(path.relative_to(CHECKOUT).as_posix() for path in SCENARIOS),
        *(path.relative_to(CHECKOUT).as_posix() for path in CHECKOUT.glob("benchmarks/**/*.py")),
    ],
)
def test_what_the_program_reads_at_run_time_travels_in_the_wheel(wheel, path):
    assert f"simulator/_bundled/{path}" in contents(wheel)


def test_the_wheel_carries_nothing_else(wheel):
    tops = {name.split("/")[0] for name in contents(wheel)}
    assert tops == {"simulator", f"{wheel.name.removesuffix('-py3-none-any.whl')}.dist-info"}
    assert not [name for name in contents(wheel) if "__pycache__" in name]


def test_the_installed_program_lists_every_scenario(simulator):
    listing = simulator("list")
    assert [path.stem for path in SCENARIOS if path.stem not in listing] == []


def test_the_installed_program_runs_a_scenario(simulator):
    scenario = SCENARIOS[0].stem
    report = json.loads(simulator("run", scenario, "--replications", "1", "--json"))
    assert (report["scenario"], report["replications"]) == (scenario, 1)
    assert report["measures"]


def test_the_installed_program_starts_the_app(program, empty_folder):
    port = free_port()
    with running([program, "app", "--port", str(port), "--headless"], empty_folder) as app:
        assert answer(f"http://127.0.0.1:{port}/_stcore/health", app) == "ok"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel built from the source distribution, which is thereby shown to be complete."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, CHECKOUT]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def program(wheel, tmp_path_factory) -> Path:
    """The command of a fresh environment, which borrows the dependencies of this one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    subprocess.run(
        [folder / "bin/python", "-m", "pip", "install", "--no-index", "--no-deps", wheel],
        check=True,
    )
    own = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    Path(own, "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin/simulator"


@pytest.fixture
def empty_folder(tmp_path) -> Path:
    """Where the user stands: no checkout, no scenarios, no settings."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


@pytest.fixture
def simulator(program, empty_folder):
    """Call the installed program with these arguments and return what it prints."""

    def call(*arguments: str) -> str:
        return subprocess.run(
            [program, *arguments],
            cwd=empty_folder,
            env=environment(),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
        ).stdout

    return call


def contents(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def environment() -> dict[str, str]:
    """The environment of this process without what would show the checkout to a child."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def running(command, folder):
    """A process in a group of its own, so that ending it ends its children too."""
    process = subprocess.Popen(command, cwd=folder, env=environment(), start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def answer(address: str, server: subprocess.Popen, patience_s: float = 30) -> str:
    """Ask until the server answers, has ended, or has had its time."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=1) as response:
                return response.read().decode()
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no answer from {address}; the server's exit code: {server.poll()}")
