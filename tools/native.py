"""Compile the engine with mypyc, from the same source that Python runs.

    python tools/native.py            # in place: make compile
    python tools/native.py --remove   # back to plain Python: make clean

The modules of ``MODULES`` become extension modules beside their sources, which Python then prefers.
Whatever is not hot stays as it is, and so do, inside the compiled modules, pydantic models,
dataclasses and protocols: they are read at run time by their annotations, which mypyc does not
keep. ``rewritten`` therefore turns each module into one that mypyc takes, line by line:

* a class that stays interpreted becomes an ``exec`` of its own source in the module's namespace;
* measures, which ``Component`` makes into plain attributes, are declared as such;
* every compiled class is open to subclasses in plain Python;
* ``HINTS`` says what Python need not know: what is in a call, that a call is made by its
  constructor (which costs next to nothing then), that ``heappush`` is looked up once, that a
  callback ``(self._x,)`` stays one object, since it is told apart by its identity.

Line numbers stay what they were, so that a traceback points into the source.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "native"
GROUP = "simulator"  # the library that holds the code of all modules: simulator__mypyc

PACKAGES = ("simulator/kernel", "simulator/components", "simulator/policies")
OUTSIDE = {
    "simulator/components/cache/warmth.py",  # reads a parameter: True must not become 1
    "simulator/kernel/measures.py",  # declarations only
    "simulator/kernel/simulation.py",  # derives from a class of SimPy
    "simulator/kernel/streams.py",  # numpy and itertools do its work
}
MODULES = ("simulator/workload/source.py",)
STAYS_INTERPRETED = {"BaseModel", "Protocol", "TypedDict", "NamedTuple", "Exception"}

IMPORTS = (
    "import sys as _sys; from typing import TYPE_CHECKING, Any, ClassVar, Final; "
    "from typing import cast as _cast; from mypy_extensions import mypyc_attr as _attr"
)

ATTRIBUTES = {  # what a component keeps for each form of measure: suffix -> type
    "count": {"": "int"},
    "level": {"": "int", "_area": "float"},
    "samples": {"": "Any"},
    "ratio": {},
}


HINTS = (  # what only a compiler wants to know, pattern -> replacement
    (r"new_call\(Call\)", "Call((), None, None)"),
    (r"(?<![\w.])(heappush|heappop)\(", r"_\1("),
    (r"(?m)^( +self\.\w+)( = \(self\.\w+,\))$", r"\1: Any\2"),
    (r"call\.request\[self\._\w+\]", r"_cast(float, \g<0>)"),
    (
        r"caller, state, self\.back = self\.back",
        "_way: tuple[Caller, Any, Any] = self.back; caller, state, self.back = _way",
    ),
    (r"caller, parent = state", "_fork: tuple[Caller, Call] = state; caller, parent = _fork"),
    (r"\bstate\.answer\(", "_cast(Call, state).answer("),
)


def modules(root: Path = ROOT) -> list[Path]:
    """The sources that are compiled, relative to the root."""
    found = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    inside = [path.relative_to(root) for path in found if path.name != "__init__.py"]
    named = [Path(name) for name in MODULES]
    return named + [path for path in inside if path.as_posix() not in OUTSIDE]


class Sources:
    """All modules of the package, to find out what stays interpreted wherever it is defined."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._trees: dict[Path, ast.Module] = {}

    def _tree(self, path: Path) -> ast.Module:
        if path not in self._trees:
            self._trees[path] = ast.parse((self._root / path).read_text(encoding="utf-8"))
        return self._trees[path]

    def is_interpreted(self, path: Path, name: str) -> bool:
        """Whether a name, as used in a module, is a class that stays interpreted."""
        for node in self._tree(path).body:
            if isinstance(node, ast.ClassDef) and node.name == name:
                if any(_last_name(each) == "dataclass" for each in node.decorator_list):
                    return True
                return any(self.is_interpreted(path, _last_name(base)) for base in node.bases)
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if (alias.asname or alias.name) == name:
                        source = self._module(node.module or "")
                        if source is None:
                            return name in STAYS_INTERPRETED
                        return self.is_interpreted(source, alias.name)
        return name in STAYS_INTERPRETED

    def _module(self, dotted: str) -> Path | None:
        path = Path(*dotted.split("."))
        for found in (path.with_suffix(".py"), path / "__init__.py"):
            if dotted.startswith("simulator") and (self._root / found).exists():
                return found
        return None


def _last_name(node: ast.expr) -> str:
    """``Spec`` of ``registry.Spec``, ``dataclass`` of ``dataclass(frozen=True)``."""
    while isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return ast.unparse(node).rpartition(".")[2]


def rewritten(source: str, name: str, is_interpreted: Callable[[str], bool]) -> str:
    """A module's source as mypyc takes it, with every statement on the line where it was.

    Args:
        source: of the module.
        name: of the file, for tracebacks into what stays interpreted.
        is_interpreted: tells whether a class is not compiled, by its name.
    """
    lines = source.split("\n")
    tree = ast.parse(source)
    doc = ast.get_docstring(tree, clean=False)  # which mypyc drops
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            assert not lines[node.lineno].strip(), f"no blank line after the first import of {name}"
            lines[node.lineno] = f"{IMPORTS}; vars(_sys.modules[__name__])['__doc__'] = {doc!r}"
        elif isinstance(node, ast.ImportFrom) and node.module == "heapq":
            names = [each.name for each in node.names]
            lines[node.lineno - 1] += "; " + "; ".join(f"_{each}: Final = {each}" for each in names)
        elif isinstance(node, ast.ClassDef) and is_interpreted(node.name):
            _keep_interpreted(lines, node, name)
        elif isinstance(node, ast.ClassDef):
            _declare_measures(lines, node)
            _open_to_subclasses(lines, node)
    text = "\n".join(lines)
    for pattern, replacement in HINTS:
        text = re.sub(pattern, replacement, text)
    return text


def _keep_interpreted(lines: list[str], node: ast.ClassDef, name: str) -> None:
    first = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 1
    last = node.end_lineno or node.lineno
    text = "\n" * first + "\n".join(lines[first:last])
    head = "from __future__ import annotations;"  # on the first line, whatever that is
    code = f"compile({head + text!r}, {name!r}, 'exec', dont_inherit=True)"
    lines[first:last] = [""] * (last - first)
    lines[first] = f"if TYPE_CHECKING: from opaque import Opaque as {node.name}"
    lines[first + 1] = f"exec({code}, vars(_sys.modules[__name__]))"


def _declare_measures(lines: list[str], node: ast.ClassDef) -> None:
    """Turn ``x = level("...")`` into attributes, and note all measures of a class for later."""
    declared = []
    place = 0
    for statement in node.body:
        form = _form_of(statement)
        if not form:
            continue
        assert isinstance(statement, ast.Assign | ast.AnnAssign)
        assert statement.value is not None
        target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
        measure = ast.unparse(target)
        declared.append(f"{measure!r}: {ast.unparse(statement.value)}")
        place, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        lines[place:last] = [""] * (last - place)
        lines[place] = "    " + "; ".join(_attributes(measure, form, statement))
    if declared:
        lines[place] += f"; _declared: ClassVar[Any] = {{{', '.join(declared)}}}"


def _form_of(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Call):
        name = ast.unparse(statement.value.func)
        return name if name in ATTRIBUTES else ""
    return ""


def _attributes(measure: str, form: str, statement: ast.stmt) -> Iterator[str]:
    assert isinstance(statement, ast.Assign | ast.AnnAssign)
    assert isinstance(statement.value, ast.Call)
    own_type = ast.unparse(statement.annotation) if isinstance(statement, ast.AnnAssign) else ""
    for suffix, kind in ATTRIBUTES[form].items():
        yield f"{measure}{suffix}: {own_type if own_type and not suffix else kind}"
    if any(each.arg == "peaks" for each in statement.value.keywords):
        yield f"{measure}_peak: {own_type or 'int'}"
    if not ATTRIBUTES[form]:
        yield "pass"


def _open_to_subclasses(lines: list[str], node: ast.ClassDef) -> None:
    """Put the decorator on the blank line before the class."""
    before = min([node.lineno, *(each.lineno for each in node.decorator_list)]) - 2
    assert not lines[before].strip(), f"no blank line before {node.name}"
    lines[before] = "@_attr(allow_interpreted_subclasses=True)"


def prepare(build: Path = BUILD, root: Path = ROOT) -> list[str]:
    """Copy the package with the rewritten modules; the paths of these, relative to the copy."""
    shutil.rmtree(build, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
    shutil.copytree(root / "simulator", build / "simulator", ignore=ignored)
    (build / "opaque.pyi").write_text(OPAQUE)
    sources = Sources(root)
    for path in modules(root):
        source = (root / path).read_text(encoding="utf-8")
        text = rewritten(source, str(path), partial(sources.is_interpreted, path))
        (build / path).write_text(text, encoding="utf-8")
    return [str(path) for path in modules(root)]


# What mypyc is to know of a class that stays interpreted.
OPAQUE = """\
from typing import Any
class Opaque(Any): ...
"""

SETUP = """\
import setuptools
from mypyc.build import mypycify

OPTIONS = [
    "--ignore-missing-imports",  # whatever is not hot need not be installed to compile the rest
    "--disable-error-code=call-arg",  # the defaults of pydantic's fields
]
setuptools.setup(
    name="simulator",
    py_modules=[],
    packages=[],
    ext_modules=mypycify([*OPTIONS, *{paths!r}], opt_level="3", group_name={group!r}),
)
"""


def compiled(build: Path = BUILD, root: Path = ROOT) -> list[Path]:
    """Compile; the extension modules, relative to ``build``.

    Raises:
        subprocess.CalledProcessError: the C compiler or mypyc refuses; it says why on stderr.
    """
    paths = prepare(build, root)
    (build / "setup.py").write_text(SETUP.format(paths=paths, group=GROUP), encoding="utf-8")
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
    subprocess.run(command, cwd=build, env=os.environ | {"MYPYPATH": str(build)}, check=True)
    made = [*build.glob(f"{GROUP}__mypyc.*"), *(build / "simulator").rglob("*.so")]
    return [path.relative_to(build) for path in made if path.suffix in (".so", ".pyd")]


def remove(root: Path = ROOT) -> None:
    """Take away what was compiled in place."""
    for path in [*root.glob(f"{GROUP}__mypyc.*.so"), *(root / "simulator").rglob("*.so")]:
        path.unlink()


def main() -> None:
    """Compile in place, or remove what was compiled."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--remove", action="store_true", help="back to plain Python")
    wanted = parser.parse_args()
    remove()
    if not wanted.remove:
        made = compiled()
        for path in made:
            shutil.copy2(BUILD / path, ROOT / path)


if __name__ == "__main__":
    main()
