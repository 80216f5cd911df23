"""The request plane: calls, components and their measures on SimPy's clock and event list."""

from simulator.kernel import call as _call
from simulator.kernel.batch_station import BatchStation
from simulator.kernel.call import CANCELED, FAILED, OK, REJECTED, TIMED_OUT, Answer, Call, Timer
from simulator.kernel.component import (
    FAULTS_OF_WORKERS,
    Component,
    ComponentSpec,
    Find,
    Named,
    Ref,
    Reference,
    Refs,
    components,
    references,
    references_in,
)
from simulator.kernel.heedful_station import HeedfulStation
from simulator.kernel.line import Line, Rank, RankedLine
from simulator.kernel.measures import count, level, ratio, samples
from simulator.kernel.ordered_station import OrderedStation
from simulator.kernel.patience import Patience
from simulator.kernel.preemptive_station import PreemptiveStation
from simulator.kernel.renewal import Renewal
from simulator.kernel.shared_station import SharedStation
from simulator.kernel.shedding_station import Shedder, SheddingStation, WhenFull
from simulator.kernel.simulation import Simulation
from simulator.kernel.station import Station
from simulator.kernel.streams import RequestClass, Uniform
from simulator.kernel.wiring import Wiring

IS_COMPILED = not str(_call.__file__).endswith(".py")
"""Whether the engine runs compiled (``make compile``) and not as plain Python."""

__all__ = [
    "IS_COMPILED",
    "CANCELED",
    "FAILED",
    "FAULTS_OF_WORKERS",
    "OK",
    "REJECTED",
    "TIMED_OUT",
    "Answer",
    "BatchStation",
    "Call",
    "Component",
    "ComponentSpec",
    "Find",
    "HeedfulStation",
    "Line",
    "Named",
    "OrderedStation",
    "Patience",
    "PreemptiveStation",
    "Rank",
    "RankedLine",
    "Ref",
    "Reference",
    "Refs",
    "Renewal",
    "RequestClass",
    "SharedStation",
    "Shedder",
    "SheddingStation",
    "Simulation",
    "Station",
    "Timer",
    "Uniform",
    "WhenFull",
    "Wiring",
    "components",
    "count",
    "level",
    "ratio",
    "references",
    "references_in",
    "samples",
]
