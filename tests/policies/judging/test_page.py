"""The page on judging shows what its lines give."""

import doctest


def test_every_figure_of_the_page_is_the_result_of_its_line(pytestconfig):
    page = pytestconfig.rootpath / "docs" / "judging.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried >= 15
    assert failed == 0
