"""Pictures of results: pure functions, data in, chart out.

``curves`` is always what a job reports of one run over time, see
``simulator.experiments.document``; instants and latencies in it are seconds.
"""
