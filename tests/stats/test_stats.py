"""What the package as a whole promises, one promise a test."""

import subprocess
import sys

from simulator.stats import theory

MODULES = "compare", "intervals", "percentiles", "sketch", "steady_state", "verdict", "theory"


def test_statistics_import_nothing_slow():
    imports = "; ".join(f"import simulator.stats.{module}" for module in MODULES)
    slow = "{'pandas', 'scipy.stats', 'matplotlib'}"
    check = f"import sys; {imports}; print(sorted({slow} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_closed_form_is_reached_by_name():
    assert sorted(theory.__all__) == sorted(
        name for name, value in vars(theory).items() if callable(value) and name[0] != "_"
    )
