"""Whatever needs many runs: replications, comparisons, sweeps, searches, findings.

Nothing is imported here: a process that only makes runs has to start quickly.
"""
