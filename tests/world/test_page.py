"""The page about the world says what the functions say."""

import doctest


def test_the_figures_of_the_page_are_results(pytestconfig):
    page = pytestconfig.rootpath / "docs" / "world.md"
    failed, tried = doctest.testfile(str(page), module_relative=False)
    assert tried > 10
    assert failed == 0
