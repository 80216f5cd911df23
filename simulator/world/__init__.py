"""What is true behind the models: requests that are positive or not, and what is seen of them.

``world`` what a run's requests are like · ``drifts`` how that changes, and ``courses`` over time ·
``models`` what somebody has learned of it.
"""

from simulator.world.models import Model, ModelSpec
from simulator.world.world import Sight, World, WorldSpec

__all__ = ["Model", "ModelSpec", "Sight", "World", "WorldSpec"]
