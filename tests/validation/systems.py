"""Systems that the laws are tried on, each with a second set of books: ``meter`` in ``witness``."""

import pytest

OPEN = "{kind: poisson, rate: 0.8/s}"
USERS, THINK_S = 20, 10.0
CLOSED = f"{{kind: closed_loop, users: {USERS}, think_time: {{kind: exponential, mean: 10s}}}}"


def station(arrivals=OPEN, server="service_time: {kind: exponential, mean: 1s}"):
    """One server, with its meter."""
    return f"""
        system:
          entry: meter
          components:
            meter: {{kind: meter, next: server}}
            server: {{kind: server, {server}}}
        workload:
          arrivals: {arrivals}
        """


def pipeline(arrivals="{kind: poisson, rate: 360/s}", client="timeout: 1s, cancels: true"):
    """Retrying clients, four servers, a cache and a database, with meters between them."""
    meters = "\n".join(
        f"            in{i}: {{kind: meter, next: 'app[{i}]'}}" for i in range(1, 5)
    ).strip()
    return f"""
        system:
          entry: witness
          components:
            witness: {{kind: witness, watches: [app, database], next: client}}
            client:
              kind: client
              {client.replace(", ", chr(10) + "              ")}
              retries: 2
              backoff: {{kind: exponential, base: 100ms, jitter: 0.5}}
              next: front
            front: {{kind: meter, next: balancer}}
            balancer:
              kind: load_balancer
              pool: [in1, in2, in3, in4]
              policy: {{kind: fewest_of_sample, choices: 2}}
            {meters}
            app:
              kind: server
              replicas: 4
              workers: 8
              service_time: {{kind: lognormal, mean: 70ms, cv: 0.947}}
              next: out
            out: {{kind: meter, next: cache}}
            cache:
              kind: cache
              hit_ratio: 0.8
              lookup_time: {{kind: exponential, mean: 1ms}}
              origin: back
            back: {{kind: meter, next: database}}
            database:
              kind: database
              connections: 16
              read_time: {{kind: exponential, mean: 200ms}}
        workload:
          arrivals: {arrivals}
        """


THINKING = "{kind: closed_loop, users: 400, think_time: {kind: gamma, mean: 1s, cv: 0.3}}"
STATIONS = {
    "M/M/1": station(),
    "M/M/3 with little room": station(
        "{kind: poisson, rate: 2.7/s}",
        "workers: 3, queue_limit: 7, service_time: {kind: exponential, mean: 1s}",
    ),
    "M/G/1 shared": station(
        server="discipline: processor_sharing, service_time: {kind: lognormal, mean: 1s, cv: 3}"
    ),
    "closed loop": station(CLOSED),
}
PIPELINES = {"pipeline": pipeline(), "pipeline in a closed loop": pipeline(THINKING)}
PATIENT = {
    "pipeline": pipeline(client="retry_on: [failed]"),
    "pipeline in a closed loop": pipeline(THINKING, client="retry_on: [failed]"),
}


def cases(systems):
    """Try a law on each of several systems."""
    return pytest.mark.parametrize(
        "sections", [pytest.param(text, id=name) for name, text in systems.items()]
    )
