"""``simulator fit``: what is printed where, what is written, what it exits with."""

import json
import sys

import pytest

from simulator import cli
from tests.fitting.recordings import drawn, write

LAW = {"kind": "lognormal", "p50": "60ms", "p99": "400ms"}


@pytest.fixture
def fit(monkeypatch, capfd, tmp_path):
    """Call the command in a folder with a recording; return exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    write(tmp_path / "took.csv", "took", drawn(LAW, n=300).tolist())
    write(tmp_path / "spoilt.csv", "took", [1, 2, "soon"])

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["simulator", "fit", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capfd.readouterr()
        assert "Traceback" not in out + err
        return caught.value.code or 0, out, err

    return call


def test_the_best_comes_first_and_last_comes_yaml(fit):
    code, out, err = fit("took.csv")
    assert (code, err) == (0, "")
    assert "300 service times" in out
    assert "KS distance" in out
    assert "\nservice_time: {kind: lognormal" in out


def test_json_is_one_document(fit):
    code, out, _ = fit("took.csv", "--json")
    assert code == 0
    assert json.loads(out)["candidates"][0]["ks_distance"] < 0.1


def test_out_gets_the_picture_and_the_numbers(fit, tmp_path):
    code, _, err = fit("took.csv", "--out", "found")
    assert code == 0
    assert "wrote fit.svg and fit.json to found" in err
    assert "<svg" in (tmp_path / "found" / "fit.svg").read_text()
    assert json.loads((tmp_path / "found" / "fit.json").read_text())["n"] == 300


def test_warnings_are_not_results(fit):
    _, out, err = fit("took.csv", "--kind", "service", "--unit", "h")
    assert "warning" not in out
    code, out, err = fit("took.csv", "--column", "took", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["warnings"] == []


def test_bad_input_is_located_and_exits_with_2(fit):
    code, out, err = fit("spoilt.csv", "--kind", "service")
    assert (code, out) == (2, "")
    assert err.startswith("spoilt.csv:4:1 took: found 'soon'; must be a number")


def test_an_unknown_kind_or_unit_is_refused(fit):
    assert fit("took.csv", "--kind", "sizes")[0] == 2
    assert fit("took.csv", "--unit", "years")[0] == 2
