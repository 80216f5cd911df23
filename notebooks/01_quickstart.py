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
# # From Python: load, run, compare, plot
#
# A scenario is a value. Loading checks all of it; applying a variant, or a change of any value,
# gives a new one.

# %%
from simulator import apply, load, run

scenario = load("slow_replica")
two_choices = apply(scenario, "two_choices")
busier = apply(scenario, changes={"workload.arrivals.rate": "350/s"})
scenario.question

# %% [markdown]
# ## One run
#
# A run is one table of requests, a row each, and the measures that are read off it.

# %%
once = run(scenario)
once.frame().head()

# %%
measures = once.measures()
{name: measures[name] for name in ("latency_p99_s", "success_ratio", "api[4].queued_mean")}

# %% [markdown]
# Every measure has a unit and a meaning, and may be asked for over a part of the run whose ends the
# run has been told of: here the window of the first finding.

# %%
once.reported()["api[4].queued_mean"]

# %%
during = next(finding.during for finding in scenario.findings if finding.during)
during, once.measures(during)["latency_p99_s"]

# %% [markdown]
# ## Several runs, compared
#
# One run is an anecdote. Several give an estimate and its error. Run i of both designs shares its
# random numbers, so that what differs is the design and not the luck.

# %%
from simulator import compare

comparison = compare(scenario, against="two_choices", replications=4)
before, after = comparison.baseline, comparison.variant
before.measures["latency_p99_s"].interval

# %%
difference = comparison.differences["latency_p99_s"]
print(f"p99, two choices less round robin: {difference.interval} s, {difference.words()}")
print(f"better in {difference.better_in} of {difference.interval.n} pairs of runs")

# %% [markdown]
# ## A picture
#
# The 99th percentile and the answers over time, with the fault shaded and the objective drawn in.

# %%
# %matplotlib inline
from simulator.plots.paper import latency_over_time

curves = {side.variant: side.rows[0].curves for side in (before, after)}
faults = [(strike.start_s, strike.end_s) for strike in once.strikes]
(objective,) = [each for each in scenario.slo if each.measure == "latency_p99_s"]
latency_over_time(curves, scenario.title, faults, objective.at_most)
