"""What is true behind the models: requests that are positive or not, and what is seen of them.

``spec`` what a run's requests are like · ``drifts`` how that changes, and ``courses`` over time ·
``models`` what somebody has learned of it · ``world`` all of this in one run · ``predictions`` what
models have said · ``outcomes`` what that means to ``users`` · ``labels`` when the truth is known.
"""

from simulator.world.models import Model, ModelSpec
from simulator.world.predictions import Predictions, Rows
from simulator.world.spec import WorldSpec
from simulator.world.world import Sight, World

__all__ = ["Model", "ModelSpec", "Predictions", "Rows", "Sight", "World", "WorldSpec"]
