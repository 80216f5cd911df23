"""Breaking policies: published state vectors, and what becomes of late and missing results."""

from math import inf

import pytest
from pydantic import ValidationError

from simulator.policies.breaking import (
    BAD,
    CLOSED,
    GOOD,
    HALF_OPEN,
    IGNORED,
    OPEN,
    Consecutive,
    RatioOfCalls,
    Window,
    breaking_policies,
)

WORDS = {CLOSED: "closed", HALF_OPEN: "half-open", OPEN: "open"}
RESULTS = {"S": GOOD, "F": BAD, "I": IGNORED}


class Play:
    """A breaker to which things happen, and what state it says it is in."""

    def __init__(self, policy):
        self.breaker = policy.start()
        self.now_s = 0.0

    def after(self, seconds):
        self.now_s += seconds
        if self.breaker.alarm_s <= self.now_s:
            self.breaker.wake(self.breaker.alarm_s)
        return self

    def begin(self):
        """A call goes on, and is under way; its generation, or None if it is refused."""
        return self.breaker.generation if self.breaker.admit(self.now_s) else None

    def end(self, generation, result, lasted_s=0.0):
        self.breaker.note(generation, RESULTS[result], lasted_s, self.now_s)
        return self

    def calls(self, results, lasted_s=0.0):
        """Calls one after the other, all let through, with these results."""
        for result in results:
            generation = self.begin()
            assert generation is not None, "refused"
            self.end(generation, result, lasted_s)
        return self

    @property
    def state(self):
        """As it says when it is asked; a breaker that counts decides with the question."""
        advance = getattr(self.breaker, "advance", None)
        return WORDS[advance(self.now_s) if advance else self.breaker.state]


def test_failures_in_a_row_open_it_as_published(row):
    expected = row("r11-breaker-consec")["expected"]
    play = Play(Consecutive())
    states = [play.calls("FFFFF").state]
    counts = play.breaker.counts
    assert expected["counts_after_5F"] == {
        "requests": counts.calls,
        "failures": counts.failures,
        "consec_fail": counts.failures_in_row,
    }
    states += [play.calls(each).state for each in ("S", "F", "FFFFF")]
    assert play.begin() is None
    states += [play.after(59.999).state, play.after(1).state, play.calls("F").state]
    states += [play.after(60.000000001).state, play.calls("S").state]
    assert states == [each.partition(" (")[0] for each in expected["states"]]


def test_a_part_of_failures_opens_it_as_published(row):
    expected = row("r11-breaker-ratio")["expected"]
    play = Play(RatioOfCalls(interval=30.0, open_for=90.0, half_open_calls=3))
    states = [play.calls("SFSFSFSFSF").state, play.after(29.999).calls("S").state]
    states += [play.after(1).calls("F").state]
    assert (play.breaker.counts.calls, play.breaker.counts.failures) == (1, 1)
    states += [play.calls("S").state, play.calls("F").state]
    states += [play.after(90.000000001).state, play.calls("F").state]
    states += [play.after(90.000000001).state, play.calls("SS").state, play.calls("S").state]
    assert states == [each.partition(" (")[0] for each in expected["states"]]


def test_no_fourth_call_goes_on_while_three_test_as_published(row):
    play = Play(RatioOfCalls(open_for=90.0, half_open_calls=3)).calls("FFF").after(90.000000001)
    found = [play.begin() for _ in range(4)]
    assert None not in found[:3]
    assert (found[3] is None) == (row("r11-breaker-ratio")["expected"]["fourth_concurrent"] != "ok")


PUBLISHED = Window(
    window_time=5.0,
    min_calls=5,
    failure_ratio=0.5,
    slow_ratio=0.5,
    slow_after=4.0,
    open_for=5.0,
    half_open_calls=4,
)


def percent(ratio):
    return -1 if ratio is None else ratio * 100


def test_failures_in_a_window_open_it_as_published(row):
    expected = row("r12-breaker-r4j")["expected"]
    play, states, ratios = Play(PUBLISHED), [], []
    for result in "FFFSS":
        states.append(play.calls(result).state)
        found = play.breaker.ratios()
        ratios.append(percent(found and found[0]))
    assert states == expected["A_states"]
    assert ratios == expected["A_failure_rate"]


def test_slow_calls_in_a_window_open_it_as_published(row):
    expected = row("r12-breaker-r4j")["expected"]
    play = Play(PUBLISHED)
    states = [play.calls("S", lasted_s).state for lasted_s in (5.0, 5.0, 0.1, 0.1, 5.0)]
    assert states == expected["B_states"]
    assert percent(play.breaker.ratios()[1]) == expected["B_slow_rate"]


def test_exactly_four_calls_go_on_after_the_wait_as_published(row):
    assert "exactly 4 permits" in row("r12-breaker-r4j")["expected"]["C"]
    play = Play(PUBLISHED).calls("FFFSS").after(3)
    assert play.begin() is None
    assert play.state == "open"
    play.after(3)
    assert play.state == "open"  # until somebody calls
    assert [play.begin() is not None for _ in range(6)] == [True] * 4 + [False] * 2
    assert play.state == "half-open"


# -- results of earlier states -------------------------------------------------------------------


@pytest.mark.parametrize("policy", [Consecutive(failures=2), RatioOfCalls(min_calls=2)])
def test_a_breaker_that_counts_drops_results_of_earlier_generations(policy):
    play = Play(policy)
    late = play.begin()
    play.calls("FF").after(61)
    assert play.state == "half-open"
    assert play.end(late, "S").state == "half-open"
    assert play.end(late, "F").state == "half-open"
    assert play.calls("S").state == "closed"


def test_a_late_result_may_be_what_makes_it_half_open():
    play = Play(Consecutive(failures=1))
    late = play.begin()
    play.calls("F").after(61)
    assert play.breaker.state == OPEN
    play.end(late, "S")
    assert play.breaker.state == HALF_OPEN
    assert play.breaker.counts.successes == 0


def test_results_from_before_an_interval_do_not_count_in_the_next_one():
    play = Play(Consecutive(failures=2, interval=10.0))
    late = [play.begin(), play.begin()]
    play.after(11)
    assert play.end(late[0], "F").end(late[1], "F").state == "closed"
    assert play.calls("FF").state == "open"


def test_a_window_counts_a_late_result_in_the_state_it_comes_back_in():
    play = Play(PUBLISHED.model_copy(update={"half_open_calls": 2}))
    late = [play.begin(), play.begin()]
    play.calls("FFFSS").after(6)
    assert play.begin() is not None
    assert play.end(late[0], "S").state == "half-open"
    assert play.end(late[1], "S").state == "closed"  # no call that tested is back


def test_a_result_that_comes_while_it_is_open_changes_nothing():
    play = Play(PUBLISHED)
    late = play.begin()
    assert play.calls("FFFSS").after(1).end(late, "S").state == "open"


# -- what is ignored -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "policy",
    [Consecutive(failures=1), RatioOfCalls(min_calls=1), Window(window_calls=1, half_open_calls=1)],
    ids=lambda policy: policy.kind,
)
def test_an_ignored_result_gives_the_place_of_a_test_back(policy):
    play = Play(policy).calls("F").after(61)
    test = play.begin()
    assert play.begin() is None
    assert play.end(test, "I").state == "half-open"
    assert play.calls("S").state == "closed"


def test_ignored_results_leave_a_ratio_alone():
    play = Play(RatioOfCalls(min_calls=3, failure_ratio=0.6))
    assert play.calls("FIIIISF").state == "open"  # 2 of 3


# -- windows -------------------------------------------------------------------------------------


def test_a_window_of_calls_forgets_the_oldest():
    play = Play(Window(window_calls=4, min_calls=4, failure_ratio=0.5))
    assert play.calls("FSSS" + "SFS").state == "closed"  # SSFS
    assert play.calls("F").state == "open"  # SFSF


def test_a_window_of_seconds_forgets_whole_seconds_of_the_clock():
    play = Play(Window(window_time=2.0, min_calls=4, failure_ratio=0.75))
    play.after(0.9).calls("FF")
    assert play.after(1.0).calls("S").breaker._window.calls == 3  # seconds 0 and 1
    assert play.after(0.2).calls("F").breaker._window.calls == 2  # seconds 1 and 2
    assert play.calls("FF").state == "open"  # 3 of 4


def test_a_window_needs_no_more_calls_than_it_holds():
    assert Play(Window(window_calls=3)).calls("FFF").state == "open"
    assert Play(Window(window_time=3.0)).calls("FFF").state == "closed"


def test_tests_are_judged_by_the_same_ratio():
    opened = Play(PUBLISHED).calls("FFFSS").after(6)
    assert opened.calls("FFSF").state == "open"  # 3 of 4
    assert opened.after(6).calls("FSSS").state == "closed"


def test_a_call_as_long_as_allowed_is_not_slow():
    assert Play(PUBLISHED).calls("SSSSS", lasted_s=4.0).state == "closed"


def test_an_automatic_one_is_half_open_without_a_call():
    play = Play(Window(window_calls=1, automatic=True)).calls("F")
    assert play.breaker.alarm_s == 60.0
    assert play.after(60.0).state == "half-open"


def test_it_opens_again_when_tests_take_too_long():
    play = Play(Window(window_calls=1, max_half_open=10.0)).calls("F").after(61)
    assert play.breaker.alarm_s == inf
    assert play.begin() is not None
    assert play.breaker.alarm_s == 71.0
    assert play.after(10.0).state == "open"
    assert play.begin() is None


def test_without_a_limit_a_test_that_is_never_answered_keeps_everybody_out():
    play = Play(Window(window_calls=1, half_open_calls=1)).calls("F").after(61)
    assert play.begin() is not None
    assert play.after(1e6).begin() is None


def test_a_fraction_of_a_second_is_no_window():
    with pytest.raises(ValidationError, match=r"window_time \(2\.5 s\) must be whole seconds"):
        Window(window_time=2.5)


@pytest.mark.parametrize("kind", sorted(breaking_policies.kinds()))
def test_two_breakers_share_no_memory(kind):
    policy = breaking_policies[kind]()
    one, other = Play(policy), Play(policy)
    one.calls("F" * 6 if kind == "consecutive" else "F" * 3)
    assert other.breaker.generation == 0
    assert other.state == "closed"
