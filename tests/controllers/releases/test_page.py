"""The page on A/B tests and bandits shows what its lines give."""

import doctest


def test_every_figure_of_the_page_is_the_result_of_its_line(pytestconfig):
    page = pytestconfig.rootpath / "docs" / "trials.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried >= 12
    assert failed == 0
