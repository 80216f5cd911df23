"""What every pytest process needs, also the one of pytest-xdist that collects no tests."""

from tests.validation.report import pytest_configure

__all__ = ["pytest_configure"]
