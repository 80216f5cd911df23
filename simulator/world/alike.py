"""Users whose requests resemble one another.

The requests of a user (a key of the workload) are no independent witnesses: whoever was a positive
once is so again, shows the same features, and has as much at stake. If users are given another
treatment as a whole, a mean over m requests of each has the variance of independent ones times
1 + (m - 1) ICC, where ICC is the intraclass correlation.

Source: Donner and Klar, *Design and Analysis of Cluster Randomization Trials in Health Research*,
2000, for the design effect; for the truth, the threshold model of Falconer, "The inheritance of
liability to certain diseases", *Annals of Human Genetics* 29(1), 1965.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulator.registry import Spec
from simulator.units import Ratio

Part = Annotated[Ratio, Field(lt=1)]


class AlikeSpec(Spec):
    """How much the requests of one user have in common, as intraclass correlations."""

    truth: Part = Field(
        0.0,
        description="of how far each is from being positive, a normal number that is so beyond a "
        "threshold; that of being positive is less",
    )
    features: Part = Field(0.0, description="of every feature, within positives and negatives")
    stakes: Part = Field(0.0, description="of the logarithm of what is at stake (usd_cv)")
