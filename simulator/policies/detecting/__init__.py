"""Whether numbers are still what they were."""

from simulator.policies.detecting.adwin import Adwin, AdwinWatch
from simulator.policies.detecting.base import Detector, Watch, detectors
from simulator.policies.detecting.bound import Bound
from simulator.policies.detecting.charts import Chart, ChartSpec
from simulator.policies.detecting.chi_square import ChiSquare
from simulator.policies.detecting.cusum import Cusum
from simulator.policies.detecting.ddm import Ddm
from simulator.policies.detecting.ewma import Ewma
from simulator.policies.detecting.ks import KolmogorovSmirnov
from simulator.policies.detecting.page_hinkley import PageHinkley
from simulator.policies.detecting.psi import Psi
from simulator.policies.detecting.shewhart import Shewhart

__all__ = [
    "Adwin",
    "AdwinWatch",
    "Bound",
    "Chart",
    "ChartSpec",
    "ChiSquare",
    "Cusum",
    "Ddm",
    "Detector",
    "Ewma",
    "KolmogorovSmirnov",
    "PageHinkley",
    "Psi",
    "Shewhart",
    "Watch",
    "detectors",
]
