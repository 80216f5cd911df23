"""The row about what it takes to set up a connection, and to send a first answer over it."""

from simulator.stats import theory
from tests.validation.harness import Case

ROW = "n01-handshake"
ROWS = {ROW}

RTT_S, SERVICE_S, BYTES, SEGMENT = 0.05, 0.02, 100_000, 1460
TOLERANCE = 1e-9
REQUESTS = 10


def case(name, components, entry, measure, expected):
    """One request a second, all alike."""
    return Case(
        row=ROW,
        name=name,
        sections=f"""
            system:
              entry: {entry}
              components:
                server:
                  {{kind: server, workers: unlimited, service_time: {SERVICE_S * 1000}ms}}
                {components}
            workload:
              arrivals: {{kind: constant, rate: 1/s}}
            """,
        per_s=1.0,
        measure=measure,
        expected=expected,
        quick=REQUESTS,
        full=REQUESTS,
        width=0.0,
        band=TOLERANCE,
        fixed=True,
        exact=True,
    )


def link(name, transport, size=BYTES):
    """A link over which every request finds no connection, unless they are warm."""
    return (
        f"{name}: {{kind: link, next: server, latency: {RTT_S * 500}ms, response_size: {size}B, "
        f"transport: {{{transport}}}}}"
    )


def cold(name, transport, key, *known):
    """Each request over a connection of its own, and what is known of the first byte of it."""
    round_trips = theory.handshake_round_trips(*known)
    first_ms = 1000 * ((round_trips + 1) * RTT_S + SERVICE_S)

    def measure(run):
        found = run.component_measures("link")
        return {
            f"rtt_before_request.{key}": found["set_up_mean_s"] / RTT_S,
            f"ttfb_ms.{key}": 1000 * found["first_byte_mean_s"],
        }

    expected = {f"rtt_before_request.{key}": round_trips, f"ttfb_ms.{key}": first_ms}
    return case(name, link("link", f"{transport}, idle_timeout: 0s"), "link", measure, expected)


COLD = [
    cold("HTTP/1.1", "kind: http1", "http_plain", "tcp", "none"),
    cold("HTTP/1.1, TLS 1.2", "kind: http1, tls: 1.2", "tls12_full", "tcp", "1.2"),
    cold(
        "HTTP/1.1, TLS 1.2, resumed",
        "kind: http1, tls: 1.2, handshake: resumed",
        "tls12_resumed",
        *("tcp", "1.2", "resumed"),
    ),
    cold("HTTP/2, TLS 1.3", "kind: http2, tls: 1.3", "tls13_full", "tcp", "1.3"),
    cold(
        "HTTP/2, TLS 1.3, early data",
        "kind: http2, tls: 1.3, handshake: 0-rtt",
        "tls13_0rtt",
        *("tcp", "1.3", "0-rtt"),
    ),
    cold("HTTP/3", "kind: http3", "quic_full", "quic"),
    cold(
        "HTTP/3, early data",
        "kind: http3, handshake: 0-rtt",
        "quic_0rtt",
        *("quic", "1.3", "0-rtt"),
    ),
]

WARM = case(
    "HTTP/2, warm",
    link("link", "kind: http2, warm: true"),
    "link",
    lambda run: {"ttfb_ms.warm": 1000 * run.component_measures("link")["first_byte_mean_s"]},
    {"ttfb_ms.warm": 1000 * (RTT_S + SERVICE_S)},
)

# -- slow start --------------------------------------------------------------------------------

ROUNDS = theory.slow_start_rounds(-(-BYTES // SEGMENT))
ROUND_TRIPS = theory.handshake_round_trips("tcp", "1.3") + ROUNDS

WHOLE = case(
    "a whole answer, HTTP/2, TLS 1.3",
    link("link", "kind: http2, tls: 1.3, idle_timeout: 0s"),
    "link",
    lambda run: {
        "slow_start_rounds": run.component_measures("link")["rounds_mean"],
        "total_ms_tls13_no_loss": 1000 * run.request_measures()["latency_mean_s"],
    },
    {
        "slow_start_rounds": ROUNDS,
        "total_ms_tls13_no_loss": 1000 * (ROUND_TRIPS * RTT_S + SERVICE_S),
    },
)


def most(place):
    """An answer that just fits into so many rounds, and one that is a byte too long."""
    rounds, most_bytes = place + 1, theory.slow_start_bytes(place + 1)
    transport = "kind: http1, idle_timeout: 0s"
    components = [
        link("fits", transport, most_bytes),
        link("too_long", transport, most_bytes + 1),
        "both: {kind: sequence, steps: [fits, too_long]}",
    ]

    def measure(run):
        found = [run.component_measures(name)["rounds_mean"] for name in ("fits", "too_long")]
        is_most = found == [rounds, rounds + 1]
        return {f"max_bytes_by_round.{place}": most_bytes if is_most else float("nan")}

    return case(
        f"{rounds} rounds",
        ("\n" + 16 * " ").join(components),
        "both",
        measure,
        {f"max_bytes_by_round.{place}": most_bytes},
    )


CASES = [*COLD, WARM, WHOLE, *(most(place) for place in range(6))]
