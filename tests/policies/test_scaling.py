"""How many replicas scaling policies want: vectors of Kubernetes' own tests, and small promises."""

import pytest

from simulator.policies.scaling import (
    AverageValue,
    Behavior,
    Concurrency,
    ExternalValue,
    Rate,
    ScalingRules,
    Scheduled,
    Seasonal,
    Seen,
    Shortfall,
    Sight,
    Trend,
    Utilization,
)
from simulator.policies.scaling.behavior import limited, stabilized
from simulator.policies.scaling.replica_calculator import (
    Pod,
    by_average,
    by_utilization,
    by_value,
    by_value_for_each,
)


def pods(case):
    ready = case.get("ready", [True] * len(case["levels"]))
    return [Pod(each, 1000, not is_ready) for each, is_ready in zip(case["levels"], ready)]


def test_replicas_and_averages_are_as_in_every_published_case(row):
    published = row("a01-hpa-replicas")
    found = []
    for case in published["parameters"]["cases"]:
        calculate = by_average if case.get("raw") else by_utilization
        found.append(calculate(pods(case), case["cur"], case["target"]))
    assert [replicas for replicas, _ in found] == published["expected"]["replicas"]
    assert [average for _, average in found] == published["expected"]["utilization"]


def test_metrics_that_are_not_of_pods_and_requests_that_differ_are_as_published(row):
    uneven = [Pod(1010, 900), Pod(1030, 1000), Pod(1020, 1100)]
    found = [
        by_utilization(uneven, 3, 100)[0],
        by_value(20000, 15000, replicas=3, ready=3),
        by_value(50000, 10000, replicas=3, ready=1),
        by_value(8600, 4400, replicas=3, ready=1),
        by_value_for_each(8600, 2150, replicas=3),
        by_value_for_each(6000, 2000, replicas=5),
        by_value_for_each(20166, 5000, replicas=4),
        by_value_for_each(8600, 2867, replicas=5),
    ]
    assert found == row("a01-hpa-replicas")["expected"]["extra_replicas"]


def test_the_tolerance_rounds_as_floating_point_does():
    assert by_value(110, 100, replicas=10, ready=10) == 11  # 1.1 is a little more than 1 + 0.1
    assert by_value(90, 100, replicas=10, ready=10) == 10


def rules(default, told):
    names = {"Pods": "replicas", "Percent": "percent"}
    rates = tuple(Rate(of=names[of], value=n, period=s) for of, n, s in told or ())
    return ScalingRules(rates=rates) if told else default


def test_rates_allow_what_they_allow_in_every_published_case(row):
    published = row("a02-hpa-policies")
    found = []
    for case in published["parameters"]["cases"]:
        behavior = Behavior(
            scale_up=rules(Behavior().scale_up, case.get("up")),
            scale_down=rules(Behavior().scale_down, case.get("down")),
        )
        ups, downs = ([(-age, n) for n, age in case.get(key, [])] for key in ("upE", "downE"))
        numbers = (case["cur"], case["desired"], case["mn"], case["mx"])
        found.append(limited(*numbers, behavior, ups, downs, now_s=0.0))
    assert found == published["expected"]["replicas"]


def test_of_several_rates_the_smaller_one_counts_if_so_selected():
    rates = (Rate(of="replicas", value=4, period=15), Rate(of="percent", value=100, period=15))
    slow = Behavior(scale_up=ScalingRules(select="min", rates=rates))
    assert limited(10, 50, 1, 100, slow, [], [], 0.0) == 14


def test_a_direction_that_is_disabled_is_never_gone():
    never = Behavior(scale_down=ScalingRules(select="disabled"))
    assert limited(10, 2, 1, 100, never, [], [], 0.0) == 10


STABILIZED = [  # replicas, wanted now, what was wanted before and when, windows for up and for down
    (10, 3, [(-120, 4), (-60, 5)], 0, 300),
    (10, 3, [(-120, 1), (-60, 2)], 0, 300),
    (10, 3, [(-600, 10), (-540, 9)], 0, 300),
    (10, 3, [(-600, 10), (-60, 4), (-120, 5), (-540, 9)], 0, 300),
    (100, 3, [(-120, 4), (-60, 5)], 0, 180),
    (1, 7, [(-120, 4), (-60, 5)], 300, 0),
    (1, 100, [(-6000, 10), (-60, 6), (-120, 5), (-180, 9)], 300, 0),
    (2, 1, [(-6000, 2), (-180, 3)], 300, 300),
    (2, 3, [(-6000, 2), (-180, 1)], 300, 300),
]


def test_stabilization_windows_temper_as_in_every_published_case(row):
    found = [
        stabilized(replicas, wanted, earlier, 0.0, up_s, down_s)
        for replicas, wanted, earlier, up_s, down_s in STABILIZED
    ]
    assert found == row("a03-hpa-stabilise")["expected"]["replicas"]


# -- what policies make of what they see ---------------------------------------------------------


def seen(busy=None, in_flight=None, **more):
    told = {"is_pending": False, "is_ready": True, "started_s": -1000.0, "since_s": -900.0}
    return Seen(**told | more, busy=busy, in_flight=in_flight, queued=in_flight)


def sight(replicas=2, now_s=0.0, found=(), rate=None, workers=1, replicas_seen=None):
    return Sight(now_s, replicas, found, workers, now_s - 1.0, 15.0, rate)


def advised(spec, *sights):
    scaler = spec.start()
    advice = [scaler.advise(each) for each in sights][-1]
    return None if advice is None else advice.replicas


def test_utilization_is_of_workers():
    busy = [seen(busy=3.6), seen(busy=3.6)]
    assert advised(Utilization(target=0.6), sight(found=busy, workers=4)) == 3


def test_one_step_of_utilization_is_bounded_however_much_waits():
    full = [seen(busy=1.0, in_flight=5000)] * 10
    assert advised(Utilization(target=0.5), sight(10, found=full)) == 20
    assert advised(AverageValue(target=2), sight(10, found=full)) == 25_000


def test_a_replica_that_has_just_become_ready_does_not_count_before_a_whole_scrape():
    fresh = seen(busy=0.0, started_s=-20.0, since_s=-5.0)
    old = [seen(busy=0.9), seen(busy=0.9)]
    assert advised(Utilization(target=0.5), sight(3, found=[*old, fresh])) == 4  # not 2 * 1.8
    settled = seen(busy=0.0, started_s=-90.0, since_s=-60.0)
    assert advised(Utilization(target=0.5), sight(3, found=[*old, settled])) == 4


def test_without_any_metric_there_is_no_opinion():
    assert advised(Utilization(), sight(found=[seen(), seen()])) is None
    assert advised(ExternalValue(target_average=10), sight(rate=None)) is None


def test_calls_a_second_are_shared_out():
    assert advised(ExternalValue(target_average=10), sight(7, rate=150.0)) == 15


def test_a_schedule_has_its_say_in_its_slots_only():
    slots = [{"from": 10, "until": 20, "replicas": 5}, {"from": 15, "until": 30, "replicas": 8}]
    spec = Scheduled(slots=slots)
    found = [advised(spec, sight(now_s=now_s)) for now_s in (0, 10, 15, 29, 30)]
    assert found == [None, 5, 8, 8, None]
    daily = Scheduled(slots=slots, every=100, otherwise=2)
    assert [advised(daily, sight(now_s=now_s)) for now_s in (112, 140)] == [5, 2]


def test_a_season_is_expected_to_come_again_as_long_ahead_as_asked():
    spec = Seasonal(period=100, ahead=20, per_replica=10, headroom=1)
    past = [sight(now_s=t, rate=100.0 if 50 <= t < 60 else 20.0) for t in range(10, 100, 10)]
    assert advised(spec, *past) is None  # nothing is known of a period ago
    assert advised(spec, *past, sight(now_s=112, rate=20.0)) == 2
    assert advised(spec, *past, sight(now_s=130, rate=20.0)) == 10


def test_a_trend_is_drawn_on():
    spec = Trend(ahead=60, per_replica=10, headroom=1, window=1000)
    rising = [sight(now_s=t, rate=float(t)) for t in range(0, 120, 15)]
    last_s = 105.0
    # rates are seen 8.5 s after the middle of their window
    assert advised(spec, *rising) == -(-(last_s + 60 + 8.5) // 10)


def test_a_shortfall_is_asked_for_again_if_what_comes_does_not_count():
    found = [seen(in_flight=300)] * 5
    coming = [seen(is_ready=False)] * 10
    wise = Shortfall(per_replica=10, drain=60)
    naive = Shortfall(per_replica=10, drain=60, counts_coming=False)
    view = sight(15, found=[*found, *coming], rate=150.0)
    assert advised(wise, view) == 18  # 150/s, and 1500 calls within a minute
    assert advised(naive, view) == 15 + 18 - 5


def in_flight(calls, now_s, replicas):
    found = [seen(in_flight=calls / replicas)] * replicas
    return Sight(now_s, replicas, found, 1, now_s, 1.0, None)


def test_a_panic_goes_by_the_short_window_and_takes_nothing_away_until_it_is_over():
    scaler = Concurrency(target=10, stable_window=60, panic_window=6).start()
    calm = [scaler.advise(in_flight(20, t, 2)) for t in range(60)]
    assert {each.replicas for each in calm} == {2}
    crowd = [scaler.advise(in_flight(200, t, 2)).replicas for t in range(60, 66)]
    assert crowd[0] == 5  # one scrape of six: 50 calls on average, two and a half times as many
    assert crowd[-1] == 20  # all six; the average of a minute asks for four
    after = [scaler.advise(in_flight(20, t, 20)).replicas for t in range(66, 130)]
    assert after[0] == 20
    assert after[-1] == 2
    ended = next(t for t, each in enumerate(after, start=66) if each < 20)
    assert ended == 65 + 60  # a minute after the threshold was reached last


def test_a_rise_below_the_threshold_is_no_panic():
    scaler = Concurrency(target=10).start()
    for t in range(60):
        scaler.advise(in_flight(40, t, 4))
    risen = [scaler.advise(in_flight(70, t, 4)).replicas for t in range(60, 121)]
    assert (risen[5], risen[-1]) == (5, 7)  # the average of a minute: 43, then 70


def test_wrong_parameters_are_refused():
    with pytest.raises(ValueError, match="either target or target_average"):
        ExternalValue()
    with pytest.raises(ValueError, match="less than period"):
        Seasonal(period=60, ahead=60, per_replica=1)
    with pytest.raises(ValueError, match="must be after from"):
        Scheduled(slots=[{"from": 10, "until": 10, "replicas": 1}])
    with pytest.raises(ValueError, match="after every"):
        Scheduled(slots=[{"from": 10, "until": 30, "replicas": 1}], every=20)
