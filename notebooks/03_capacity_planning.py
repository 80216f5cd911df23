# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Capacity planning: from an objective to the cheapest design
#
# A checkout service has to answer 99 of 100 requests within an objective at its busiest hour, and
# to go on doing so when one of its three zones is lost. How many replicas is that? First by hand:
# measure what a request demands, and let two formulas say where to begin. Then by simulation, which
# knows what the formulas leave out.

# %%
from simulator import apply, replicate, search, sweep
from simulator.scenario import parse
from simulator.stats import theory

text = """\
format: 1
scenario: checkout
title: A checkout service
chapter: capacity
question: How many replicas does the objective take?
system:
  entry: shop
  components:
    shop: {kind: client, next: balancer, timeout: 2s, cancels: true}
    balancer:
      kind: load_balancer
      pool: api
      policy: least_outstanding
      health_check: {interval: 1s, timeout: 500ms}
    api:
      kind: server
      replicas: 12
      zone: [a, b, c]
      workers: 2
      service_time: {kind: lognormal, mean: 40ms, cv: 1.2}
      queue_limit: 50
      cost_per_hour: $0.10
workload:
  arrivals: {kind: poisson, rate: 200/s}
slo:
  - {measure: latency_p99_s, at_most: 300ms}
  - {measure: success_ratio, at_least: 99.9%}
run: {duration: 35s, warmup: 5s, replications: 4, seed: 1}
"""
checkout = parse(text, "checkout.yaml", None)
REPLICAS = "system.components.api.replicas"
rate, workers, objective_s = 200.0, 2, 0.300

# %% [markdown]
# ## Measure what a request demands
#
# The service demand law: busy time over completed requests. It needs a utilization and a
# throughput, which every monitoring has, and no knowledge of how long single requests take. Here
# they come from one run, under a fraction of the load.

# %%
quiet = replicate(checkout, changes={"workload.arrivals.rate": "50/s"}, replications=1)
busy = quiet.measures["api.utilization"].interval.mean * 12 * workers
demand_s = busy / quiet.measures["goodput_per_s"].interval.mean
print(f"a request demands {1000 * demand_s:.1f} ms of a worker")

# %% [markdown]
# ## Where to begin
#
# The utilization law gives the number of busy workers at the busiest hour. Fewer than that cannot
# do it, whatever the objective.

# %%
from math import ceil, floor

load = rate * demand_s
least = floor(load / workers) + 1
print(f"{load:.1f} workers are busy on average: {least} replicas at the very least")

# %% [markdown]
# How many more the objective takes depends on waiting. M/M/c assumes one queue for all workers and
# exponential service times, and has a closed form.

# %%
guess = least
while True:
    p99_s = theory.mmc_latency_quantile(0.99, rate, 1 / demand_s, guess * workers)
    print(f"{guess} replicas: p99 {1000 * p99_s:.0f} ms by M/M/c")
    if p99_s <= objective_s:
        break
    guess += 1

# %% [markdown]
# ## Simulate the guess
#
# Real service times vary more than exponential ones, and each replica has a queue of its own. What
# is left of the guess?

# %%
found = replicate(checkout, changes={REPLICAS: guess})
p99 = found.measures["latency_p99_s"].interval
print(f"{guess} replicas: p99 {p99} s, objective {objective_s} s")
for each in found.objectives():
    print(each["measure"], "met" if each["met"] else "missed")

# %% [markdown]
# ## Look around: a sweep
#
# The same requests at every point, so that differences are those of the designs. `keeps_objectives`
# is judged on whole intervals: "unsure" is an answer, too.

# %%
around = sweep(checkout, {REPLICAS: list(range(guess, guess + 5))})
columns = [REPLICAS, "latency_p99_s", "latency_p99_s_half_width", "cost_per_hour_usd"]
around.frame()[[*columns, "keeps_objectives", "on_frontier"]].round(4)

# %% [markdown]
# ## The cheapest design: a search
#
# Replicas are not all that can be chosen: a better policy of the balancer costs nothing. The search
# holds objectives against the far end of each interval, and runs the winner again with random
# numbers that no choice was made by.

# %%
POLICY = "system.components.balancer.policy"
cheapest = search(
    checkout,
    {REPLICAS: list(range(guess, guess + 5)), POLICY: ["round_robin", "least_outstanding"]},
    trials=12,
)
print(cheapest.winner.changes if cheapest.winner else "none")
print(cheapest.words())

# %% [markdown]
# ## What the plan depends on
#
# The rate is a forecast and the service time an estimate. Which of them does the plan depend on?
# Sobol' indices divide the variance of the 99th percentile up among the two; what they do together
# is what `in all` has more than `alone`.

# %%
from simulator.experiments.sensitivities import sensitivity

winner = apply(checkout, changes=cheapest.winner.changes)
owed = sensitivity(
    winner,
    {
        "workload.arrivals.rate": "180/s..220/s",
        "system.components.api.service_time.mean": "34ms..46ms",
    },
    rows=32,
    changes={"run.duration": "10s", "run.warmup": "2s"},
)
for each in owed.shares:
    parts = {"alone": each.first, "in all": each.total}
    for part, index in parts.items():
        print(f"{each.axis.name}, {part}: {index.share:.0%} ({index.low:.0%} to {index.high:.0%})")
print(f"luck, of a single run: {owed.indices.luck:.0%}")

# %% [markdown]
# ## Headroom for the loss of a zone
#
# Zone a is lost before the measurement begins, and is not back before its end: what is measured is
# the life with two zones, after the health checks have noticed. How many replicas keep the
# objectives then?

# %%
outage = {"kind": "zone_outage", "zone": "a", "hang": True, "from": "2s", "for": "60s"}
chosen = int(cheapest.winner.changes[REPLICAS])
sizes = sorted({chosen, *range(3 * ceil(chosen / 3), 3 * ceil(chosen / 3) + 7, 3)})
policy = {POLICY: cheapest.winner.changes[POLICY]}
whole = sweep(checkout, {REPLICAS: sizes}, changes=policy)
without = sweep(checkout, {REPLICAS: sizes}, changes=policy | {"faults": [outage]})
kept = [point.changes[REPLICAS] for point in without.points if point.kept == "yes"]
survivor = min(kept, default=None)
print(f"enough with three zones: {chosen}; with two: {survivor}")

# %% [markdown]
# The price of surviving a zone, in one picture: the 99th percentile with three zones and with two,
# and the objective.

# %%
# %matplotlib inline
from matplotlib import pyplot as plt

figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
for label, one in (("three zones", whole), ("two zones", without)):
    intervals = [point.summary.measures["latency_p99_s"].interval for point in one.points]
    axes.errorbar(
        sizes,
        [each.mean for each in intervals],
        yerr=[each.half_width for each in intervals],
        capsize=2,
        marker="o",
        label=label,
    )
axes.axhline(objective_s, color="0.35", linestyle=":", label="objective")
axes.set(xlabel="replicas", ylabel="p99 latency, s", yscale="log")
axes.legend(frameon=False)
