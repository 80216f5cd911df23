"""A run made shorter than its file says: what it has no time for is left out, and told."""

from __future__ import annotations

from simulator.scenario import Scenario
from simulator.scenario.checks import problems
from simulator.scenario.draft import Draft


def shortened(scenario: Scenario) -> tuple[Scenario, list[str]]:
    """Leave out faults that begin, and findings that look, beyond the end of the run.

    Returns:
        The scenario without them, and sentences that say so.
    """
    faults, findings = dict(enumerate(scenario.faults)), dict(enumerate(scenario.findings))
    told = []
    for complaint in problems(Draft.of(scenario)):
        match complaint.path:
            case ("faults", int(place), "from"):
                fault, why = faults.pop(place), complaint.message.partition(";")[0]
                told.append(
                    f"the {fault.kind.replace('_', ' ')} of {fault.whom} is left out: {why}"
                )
            case ("findings", int(place), "during", _):
                del findings[place]
    if count := len(scenario.findings) - len(findings):
        told.append(f"{count} of the findings left out: they look beyond the end of the run")
    kept = {"faults": tuple(faults.values()), "findings": tuple(findings.values())}
    return scenario.model_copy(update=kept), told
