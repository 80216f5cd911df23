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
# # The statistics of a simulation
#
# A run is one draw of luck. How far may a single one mislead, what do several say together, why are
# two designs run in pairs, and when are there runs enough? The system is one whose truth is known:
# a single worker, busy 80 % of the time, with exponential gaps and services (M/M/1).

# %%
from simulator import apply, run
from simulator.scenario import parse
from simulator.stats import theory

text = """\
format: 1
scenario: counter
title: One counter
chapter: statistics
question: How long does a request take?
system:
  entry: counter
  components:
    counter: {kind: server, service_time: {kind: exponential, mean: 100ms}}
workload:
  arrivals: {kind: poisson, rate: 8/s}
run: {duration: 330s, warmup: 30s, seed: 1}
"""
counter = parse(text, "counter.yaml", None)
faster = apply(counter, changes={"system.components.counter.service_time.mean": "97ms"})
true_s = theory.mmc_mean_latency(8, 1 / 0.100)
true_difference_s = theory.mmc_mean_latency(8, 1 / 0.097) - true_s
true_s, true_difference_s

# %% [markdown]
# ## One run misleads
#
# Each replication is the same system on another day, with random numbers of its own. The first 30
# seconds are cut off, since a system that starts empty is too fast at first. Even so a day of more
# than two thousand requests can be far from the truth.


# %%
def latencies_s(scenario, replications):
    """Mean latency of each of these replications."""
    return [run(scenario, each).measures()["latency_mean_s"] for each in replications]


days_s = latencies_s(counter, range(10))
min(days_s), max(days_s)

# %% [markdown]
# The requests of a day are no help: they queue behind each other, so that slow ones come together.
# An interval from them as if they were independent is several times too narrow.

# %%
from simulator.stats.intervals import mean_interval

once = run(counter)
print("requests of one day:", mean_interval(once.requests.latency_s[once.requests.arrived_s >= 30]))

# %% [markdown]
# ## Several runs say how sure they are
#
# Replications are independent, so Student's t interval of their values holds: of a hundred such
# intervals about 95 cover the truth.

# %%
estimate = mean_interval(days_s)
print(f"ten days: {estimate}, true: {true_s:.4g}")

# %% [markdown]
# ## Two designs, in pairs
#
# A machine that is 3 % faster makes requests much faster, for there is less of a queue. With other
# days for the faster one the difference drowns in the luck of the days ...

# %%
from simulator.stats.compare import better_in, paired_difference, variance_ratio

other_days_s = latencies_s(faster, range(100, 110))
print(f"other days: {paired_difference(days_s, other_days_s)}, true: {true_difference_s:.4g}")
print(f"faster on {better_in(days_s, other_days_s, 'lower')} of 10 days")

# %% [markdown]
# ... and on the same days, with the same arrivals and the same work, most of the luck cancels. The
# ratio of variances says how many times as many runs independent days would take.

# %%
same_days_s = latencies_s(faster, range(10))
print(f"same days: {paired_difference(days_s, same_days_s)}, true: {true_difference_s:.4g}")
print(f"faster on {better_in(days_s, same_days_s, 'lower')} of 10 days")
print(f"as good as {variance_ratio(days_s, same_days_s):.0f} times as many independent days")

# %% [markdown]
# ## Until it is sharp enough
#
# How many days does an error of at most 5 % take? Ten of them give a forecast. After that, look at
# the interval after every day, and stop as soon as it is narrow enough.

# %%
from simulator.stats.sequential import PILOT, is_sharp, replications_needed

print("forecast:", replications_needed(days_s, relative=0.05))

values_s = list(days_s)
looks = [mean_interval(values_s[:n]) for n in range(2, PILOT + 1)]
while not is_sharp(looks[-1], relative=0.05):
    values_s += latencies_s(counter, [len(values_s)])
    looks.append(mean_interval(values_s))
print(f"{looks[-1]}, true: {true_s:.4g}")

# %% [markdown]
# The half-width falls with the square root of the number of runs: twice as sharp is four times the
# work.

# %%
# %matplotlib inline
from matplotlib import pyplot as plt

figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
n = [each.n for each in looks]
axes.fill_between(n, [each.low for each in looks], [each.high for each in looks], alpha=0.25)
axes.plot(n, [each.mean for each in looks], label="mean and its 95 % interval")
axes.axhline(true_s, color="0.35", linestyle=":", label="true")
axes.set(xlabel="runs", ylabel="mean latency, s", ylim=(0, 2 * true_s))
axes.legend(frameon=False)
