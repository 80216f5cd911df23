"""Rows about clients that try again, and about one that knows when not to try."""

from simulator.stats import theory
from tests.validation.harness import Case

ROWS = {"r05-retry-amplification", "r09-adaptive-throttle"}

TRIES, LAYERS = 3, 3


def one_layer(run):
    requests = run.request_measures()
    return {"mean_attempts": requests["attempts_mean"], "p_success": requests["success_ratio"]}


def layers_down(run):
    requests = run.request_measures()
    arrived_per_s = run.component_measures("edge")["sent_per_s"] / requests["attempts_mean"]
    reached_per_s = run.component_measures("leaf")["served_per_s"]
    return {
        "mean_attempts_when_down": requests["attempts_mean"],
        "worst_case_amplification_layers": run.component_measures("near")["sent_per_s"]
        / arrived_per_s,
        "backend_load_layers_independent_down": reached_per_s / arrived_per_s,
    }


def throttled(run):
    client, server = run.component_measures("client"), run.component_measures("server")
    refused = client["throttled_per_s"]
    return {
        "sent_per_s": client["sent_per_s"],
        "rejected_locally": refused,
        "reject_prob": refused / (client["sent_per_s"] + refused),
        "backend_rejected": server["rejected_per_s"],
    }


THROTTLE = theory.adaptive_throttling(1000.0, cap_per_s=300.0, k=2.0)


def throttle(name, window, quick, full, warmup):
    """A thousand calls a second for three hundred; what is accepted hangs on no window.

    The server's workers are never idle, since some calls wait. The answers to the first calls take
    a moment, in which none is accepted: the client begins with refusing nearly all, and it takes
    some windows until it has forgotten that.
    """
    return Case(
        row="r09-adaptive-throttle",
        name=name,
        sections=f"""
            system:
              entry: client
              components:
                client:
                  kind: client
                  next: server
                  throttle: {{kind: adaptive, k: 2, window: {window}}}
                server: {{kind: server, workers: 3, service_time: 10ms, queue_limit: 6}}
            workload:
              arrivals: {{kind: poisson, rate: 1000/s}}
            """,
        per_s=1000.0,
        measure=throttled,
        expected={
            "sent_per_s": THROTTLE.sent_per_s,
            "rejected_locally": THROTTLE.refused_per_s,
            "reject_prob": THROTTLE.refusal_probability,
            "backend_rejected": THROTTLE.rejected_per_s,
        },
        quick=quick,
        full=full,
        width=0.05,
        warmup=warmup,
    )


CASES = [
    Case(
        row="r05-retry-amplification",
        name="two retries, every fifth try fails",
        sections=f"""
            system:
              entry: client
              components:
                client: {{kind: client, next: server, retries: {TRIES - 1}}}
                server: {{kind: server, workers: unlimited, service_time: 10ms}}
            workload:
              arrivals: {{kind: poisson, rate: 100/s}}
            faults:
              - {{kind: error_burst, of: server, ratio: 0.2, from: 0s, for: 1000h}}
            """,
        per_s=100.0,
        measure=one_layer,
        expected={
            "mean_attempts": theory.mean_attempts(0.2, TRIES),
            "p_success": 1 - 0.2**TRIES,
        },
        quick=2_000,
        full=20_000,
        width=0.01,
    ),
    Case(
        row="r05-retry-amplification",
        name="three layers with two retries each, the leaf down",
        sections=f"""
            system:
              entry: edge
              components:
                edge: {{kind: client, next: middle, retries: {TRIES - 1}}}
                middle: {{kind: client, next: near, retries: {TRIES - 1}}}
                near: {{kind: client, next: leaf, retries: {TRIES - 1}}}
                leaf: {{kind: server, workers: unlimited, service_time: 0s}}
            workload:
              arrivals: {{kind: poisson, rate: 10/s}}
            faults:
              - {{kind: error_burst, of: leaf, from: 0s, for: 1000h}}
            """,
        per_s=10.0,
        measure=layers_down,
        expected={
            "mean_attempts_when_down": theory.mean_attempts(1.0, TRIES),
            "worst_case_amplification_layers": theory.layered_attempts(TRIES, LAYERS),
            "backend_load_layers_independent_down": theory.layered_attempts(TRIES, LAYERS),
        },
        quick=100,
        full=1_000,
        width=0.01,
        exact=True,
    ),
    throttle("window of two seconds", "2s", quick=20_000, full=None, warmup=0.5),
    throttle("window of two minutes", "120s", quick=None, full=500_000, warmup=0.5),
]
