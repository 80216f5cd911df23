"""What the theory of messages on a network promises, one promise a test."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.stats import theory

losses = st.floats(0, 0.24)


def test_handshakes_agree_with_the_published_ones(published):
    _, expected = published("n01-handshake")
    known = {
        "http_plain": ("tcp", "none"),
        "tls12_full": ("tcp", "1.2"),
        "tls12_resumed": ("tcp", "1.2", "resumed"),
        "tls13_full": ("tcp", "1.3"),
        "tls13_0rtt": ("tcp", "1.3", "0-rtt"),
        "quic_full": ("quic",),
        "quic_0rtt": ("quic", "1.3", "0-rtt"),
    }
    found = {key: theory.handshake_round_trips(*each) for key, each in known.items()}
    assert found == expected["rtt_before_request"]


@pytest.mark.parametrize(
    "wrong", [("tcp", "1.2", "0-rtt"), ("quic", "1.2"), ("tcp", "none", "resumed")]
)
def test_handshakes_that_do_not_exist_are_refused(wrong):
    with pytest.raises(ValueError, match=r"no handshake|nothing to resume"):
        theory.handshake_round_trips(*wrong)


def test_slow_start_agrees_with_the_published_rounds(published):
    parameters, expected = published("n01-handshake")
    segments = math.ceil(parameters["bytes_"] / parameters["mss"])
    assert theory.slow_start_rounds(segments, parameters["iw"]) == expected["slow_start_rounds"]
    most = [theory.slow_start_bytes(r, parameters["iw"], parameters["mss"]) for r in range(1, 7)]
    assert most == expected["max_bytes_by_round"]


@given(st.integers(1, 10**9), st.integers(1, 100))
def test_rounds_are_as_many_as_it_takes_and_no_more(segments, window):
    rounds = theory.slow_start_rounds(segments, window)
    assert theory.slow_start_bytes(rounds, window, 1) >= segments
    assert rounds == 1 or theory.slow_start_bytes(rounds - 1, window, 1) < segments


def test_without_a_limit_slow_start_waits_a_round_trip_after_each_round_but_the_last():
    assert theory.slow_start_stall(69, 0.05, 0.0) == pytest.approx(2 * 0.05)


def test_a_first_window_that_outlasts_the_round_trip_hides_slow_start():
    assert theory.slow_start_stall(10**6, round_trip_s=0.9, segment_s=0.1) == 0


def test_a_single_packet_is_late_by_its_timeouts():
    mean_s = sum(0.2**k * 0.8 * (2**k - 1) for k in range(1, 60))
    assert theory.loss_mean_delay(1, 0.2, 0.1, 1.0) == pytest.approx(mean_s)


@given(st.integers(1, 50), losses)
def test_a_timeout_of_a_round_trip_makes_all_packets_alike_at_first(packets, loss):
    """Then it only matters how often the most unlucky packet is lost."""
    found_s = theory.loss_mean_delay(packets, loss, 1.0, 1.0)
    lost = [-math.expm1(packets * math.log1p(-(loss**k))) for k in range(1, 80)]
    slow_s = sum(2**k * each for k, each in enumerate(lost))
    # Who was mended fast waits for the first timeout once more before it doubles.
    assert slow_s / 2 <= found_s * (1 + 1e-9)
    assert found_s <= slow_s * (1 + 1e-9) + 1e-12


def test_delay_of_a_long_message_is_that_of_packets_drawn_one_by_one():
    rng = np.random.default_rng(1)
    packets, loss, round_trip_s, timeout_s, count = 12, 0.05, 0.1, 1.0, 200_000
    times = rng.geometric(1 - loss, (count, packets)) - 1  # how often each packet is lost
    worst = times.max(axis=1)
    is_late = (times[:, -3:] > 0).any(axis=1)
    by_timeouts_s = timeout_s * (2.0**worst - 1)
    mended_s = round_trip_s + timeout_s * (2.0 ** (worst - 1) - 1)
    delays_s = np.where(is_late, by_timeouts_s, np.where(worst > 0, mended_s, 0.0))
    reach_s = 4 * delays_s.std() / math.sqrt(count)
    expected_s = theory.loss_mean_delay(packets, loss, round_trip_s, timeout_s)
    assert abs(delays_s.mean() - expected_s) < reach_s < 0.02 * expected_s


@given(st.floats(0.01, 1000), losses)
def test_keeping_order_never_helps(rate, loss):
    alone_s = theory.loss_mean_delay(1, loss, 0.0, 1.0)
    assert theory.head_of_line_mean_delay(rate, loss, 1.0) >= alone_s * (1 - 1e-9)


def test_keeping_order_agrees_with_messages_put_in_order_one_by_one():
    rng = np.random.default_rng(1)
    rate, loss, count = 20.0, 0.01, 1_600_000
    sent_s = np.cumsum(rng.exponential(1 / rate, count))
    own_s = 2.0 ** (rng.geometric(1 - loss, count) - 1) - 1
    there_s = np.maximum.accumulate(np.where(own_s > 0, sent_s + own_s, 0.0))
    delays_s = np.maximum(there_s - sent_s, 0.0)
    batches_s = delays_s.reshape(40, -1).mean(axis=1)
    reach_s = 4 * batches_s.std(ddof=1) / math.sqrt(40)
    expected_s = theory.head_of_line_mean_delay(rate, loss, 1.0)
    assert abs(batches_s.mean() - expected_s) < reach_s < 0.05 * expected_s


def test_connections_with_one_call_at_a_time_have_a_limit():
    assert theory.exclusive_connections_limit(6, 0.1, 0.02) == pytest.approx(50)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (theory.slow_start_rounds, (0,)),
        (theory.slow_start_bytes, (0,)),
        (theory.slow_start_stall, (5, -1.0, 0.0)),
        (theory.exclusive_connections_limit, (0, 0.1, 0.1)),
        (theory.exclusive_connections_limit, (1, 0.0, 0.0)),
        (theory.loss_mean_delay, (1, 0.5, 0.1, 1.0)),
        (theory.loss_mean_delay, (1, 0.1, 2.0, 1.0)),
        (theory.head_of_line_mean_delay, (1.0, 0.25, 1.0)),
    ],
)
def test_arguments_out_of_range_are_refused(function, arguments):
    with pytest.raises(ValueError, match=r"must|need"):
        function(*arguments)
