"""The compiled engine is the same engine: same source, same numbers, open to subclasses."""

import ast
import json
import shutil
import subprocess
import sys
from functools import partial
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from textwrap import dedent

import pytest

from simulator.runner import run
from simulator.scenario import load
from tests.kernel.scene import digest

CHECKOUT = Path(__file__).resolve().parents[2]
CASES = ["slow_replica", "cache_stampede", "retry_storm"]


def tool():
    """The module ``tools/native.py``, which is no part of the package."""
    spec = spec_from_file_location("native", CHECKOUT / "tools" / "native.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


native = tool()
sources = native.Sources(CHECKOUT)
each_module = pytest.mark.parametrize("path", native.modules(), ids=str)


def rewritten(path):
    source = (CHECKOUT / path).read_text()
    return source, native.rewritten(source, str(path), partial(sources.is_interpreted, path))


def loaded(path, name):
    return getattr(import_module(".".join(path.with_suffix("").parts)), name)


@each_module
def test_what_is_rewritten_is_python_with_every_definition_on_its_line(path):
    source, text = rewritten(path)
    assert text.count("\n") == source.count("\n")
    lines = {
        (node.name, node.lineno)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
    }
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and not sources.is_interpreted(path, node.name):
            methods = [each for each in node.body if isinstance(each, ast.FunctionDef)]
            assert {(each.name, each.lineno) for each in methods} <= lines


@each_module
def test_a_class_is_compiled_unless_pydantic_reads_it(path):
    source, text = rewritten(path)
    compiled = {node.name for node in ast.parse(text).body if isinstance(node, ast.ClassDef)}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            assert (node.name in compiled) != sources.is_interpreted(path, node.name)
            assert node.name not in compiled or not hasattr(loaded(path, node.name), "model_fields")


def test_a_measure_becomes_attributes_and_is_remembered():
    source = dedent(
        '''
        """A part."""

        from __future__ import annotations


        class Part(Component):
            waiting = level("calls waiting", peaks=True)
            lost = count("calls lost")
            share = ratio("lost over waiting", "lost", "waiting")
        '''
    ).strip()
    text = native.rewritten(source, "part.py", lambda name: False)
    assert "waiting: int; waiting_area: float; waiting_peak: int" in text
    assert "lost: int" in text
    assert "'share': ratio('lost over waiting', 'lost', 'waiting')" in text


@pytest.mark.slow
def test_the_compiled_engine_is_the_same_engine(tmp_path):
    """Compiled in a copy: same runs, users may subclass, the tests pass, and it says what it is."""
    ignored = shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", "*.so")
    copy = tmp_path / "copy"
    shutil.copytree(CHECKOUT, copy, ignore=ignored)

    def python(*arguments):
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=copy, check=True, capture_output=True, text=True).stdout

    python("tools/native.py")
    bench = json.loads(python("-m", "simulator", "bench", "--rounds", "1", "--json"))
    assert bench["compiled"]
    code = (
        "from simulator.runner import run; from simulator.scenario import load;"
        "from tests.kernel.scene import digest;"
        f"print([digest(run(load(case))) for case in {CASES!r}])"
    )
    assert ast.literal_eval(python("-c", code)) == [digest(run(load(case))) for case in CASES]
    folders = [f"tests/{name}" for name in ("kernel", "components", "policies", "faults", "laws")]
    python("-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *folders)
