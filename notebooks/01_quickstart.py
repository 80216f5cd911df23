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
# A scenario is a value. Loading checks all of it; applying a variant gives a new one.

# %%
from simulator import apply, load, run

scenario = load("slow_replica")
two_choices = apply(scenario, "two_choices")
scenario.question

# %% [markdown]
# One run is one table of requests, a row each, and the measures that are read off it.

# %%
once = run(scenario)
once.frame().head()

# %%
measures = once.measures()
{name: measures[name] for name in ("latency_p99_s", "success_ratio", "api[4].queued_mean")}

# %% [markdown]
# One run is an anecdote. Several give an estimate and its error. Run i of both designs shares its
# random numbers, so that what differs is the design.

# %%
from simulator.experiments import compare, execute, summarize
from simulator.experiments.rows import Task

designs = {"baseline": scenario, "two_choices": two_choices}
tasks = [Task(design, name, i) for i in range(4) for name, design in designs.items()]
rows = {name: [] for name in designs}
for progress in execute(tasks, workers=1, curves=True):
    rows[progress.task.variant].append(progress.row)

summaries = {name: summarize(design, name, rows[name]) for name, design in designs.items()}
difference = compare(*summaries.values()).differences["latency_p99_s"]
print(f"p99, two choices less round robin: {difference.interval} s, {difference.words()}")

# %% [markdown]
# And a picture of how it went, with the time of the fault shaded.

# %%
from simulator.plots.paper import latency_over_time

spans = [span for fault in scenario.faults for span in fault.spans(scenario.run.duration)]
curves = {name: each[0].curves for name, each in rows.items()}
latency_over_time(curves, scenario.title, spans, objective_s=0.5)
