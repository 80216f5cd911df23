"""The reference pages say what there is."""

from simulator.kernel import components
from simulator.reference import PAGES, write


def test_every_kind_and_every_field_has_its_line(tmp_path):
    pages = {path.stem: path.read_text() for path in write(tmp_path)}
    for page, (_, families) in PAGES.items():
        for family in families:
            for kind, spec in family.kinds().items():
                assert f"`{kind}`" in pages[page]
                for name, info in spec.model_fields.items():
                    assert name == "kind" or f"| `{info.alias or name}` |" in pages[page]


def test_every_measure_of_a_component_is_listed(tmp_path):
    pages = {path.stem: path.read_text() for path in write(tmp_path)}
    assert "| `hit_ratio` | ratio | higher |" in pages["components"]
    assert "| `latency_p99_s` | s | lower |" in pages["measures"]


def test_the_committed_pages_are_those_that_the_code_writes(tmp_path, pytestconfig):
    committed = pytestconfig.rootpath / "docs" / "reference"
    for path in write(tmp_path):
        assert (committed / path.name).read_text() == path.read_text(), (
            f"{path.name} is out of date: run `simulator docs`"
        )


def test_every_component_page_says_what_is_left_out(tmp_path):
    write(tmp_path)
    text = (tmp_path / "components.md").read_text()
    assert text.count("Left out:") == len(components.kinds())
