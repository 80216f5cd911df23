"""What the functions of this package ask of their parameters."""

from __future__ import annotations


def check_probability(**values: float) -> None:
    """Refuse values that are not strictly between 0 and 1, by name.

    Raises:
        ValueError: one is not.
    """
    for name, value in values.items():
        if not 0 < value < 1:
            raise ValueError(f"{name} must lie strictly between 0 and 1, got {value:g}")
