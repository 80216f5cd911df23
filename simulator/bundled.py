"""Find the files that travel with the program but are not modules of it.

In a checkout they lie beside the package; a wheel carries them inside it. The checkout comes first,
because an editable installation leaves copies in the package's place that nobody keeps up to date.
"""

from pathlib import Path

NAMES = ("app.py", "benchmarks", "scenarios")

_PACKAGE = Path(__file__).resolve().parent


def bundled(name: str) -> Path:
    """Return where the file or folder called `name`, one of `NAMES`, lies on this machine.

    >>> bundled("scenarios").is_dir()
    True
    """
    if name not in NAMES:
        raise ValueError(f"{name!r} does not travel with the program; {', '.join(NAMES)} do")
    path = _root() / name
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: the installation is damaged. Install the package again, "
            f"or restore {name} in the checkout."
        )
    return path


def _root() -> Path:
    """Tell a checkout by its pyproject.toml: site-packages may hold an app.py of somebody else."""
    checkout = _PACKAGE.parent
    return checkout if (checkout / "pyproject.toml").is_file() else _PACKAGE / "_bundled"
