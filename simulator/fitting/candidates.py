"""Each kind of distribution fitted to recorded times, and how well it fits.

Parameters are those of maximum likelihood. Candidates are compared by Akaike's information
criterion (AIC), which charges two points a parameter, and by the Kolmogorov-Smirnov distance: the
largest gap between the share of the data and of the fitted law below any value.

Not tried are ``constant`` and ``empirical``, which have no density, and ``phase_type``, which is
fitted by two moments: ``erlang`` and ``hyperexponential`` stand for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError
from scipy import optimize, stats
from scipy.special import digamma

from simulator.distributions import Distribution, distributions
from simulator.fitting.laws import Law, Mixed, two_exponentials, two_normals
from simulator.fitting.text import probabilities, short, time

Written = Mapping[str, Any]  # a distribution as in a file
LARGEST_CV = 10.0  # beyond it a mean says little, and percentiles are given instead
LOG_SHAPES = (-20.0, 20.0)  # of a gamma distribution, that are looked at
RAREST = 0.002  # least probability of a part of a mixture
FEWEST_IN_PART = 5  # values
SAME = 0.02  # relative difference of parts that are one


class NoFitError(Exception):
    """A kind cannot have brought the data about; the text says why."""


@dataclass(frozen=True)
class Candidate:
    """One kind of distribution, fitted.

    Attributes:
        written: as in a scenario file.
        spec: the same, validated.
        law: its probabilities.
        parameters: how many were fitted.
        log_likelihood: of all values.
        distance: Kolmogorov-Smirnov, 0 to 1.
    """

    written: Written
    spec: Distribution
    law: Law
    parameters: int
    log_likelihood: float
    distance: float

    @property
    def kind(self) -> str:
        return self.spec.kind

    @property
    def aic(self) -> float:
        """Akaike's information criterion: the smaller, the better; differences count."""
        return 2 * self.parameters - 2 * self.log_likelihood


def candidates(seconds: np.ndarray) -> tuple[list[Candidate], dict[str, str]]:
    """Fit every kind to lengths of time.

    Args:
        seconds: shape ``(n,)``, all above 0, not all equal.

    Returns:
        Those that fit, the best first; and of the other kinds, why not.
    """
    ordered = np.sort(seconds)
    found, refused = [], {}
    for kind, (fit, parameters) in FITS.items():
        try:
            written, law = fit(ordered)
            spec = distributions.validate(written)
        except NoFitError as error:
            refused[kind] = str(error)
        except ValidationError as error:  # what was found cannot be written down
            refused[kind] = error.errors()[0]["msg"]
        else:
            likelihood = float(np.sum(law.logpdf(ordered)))
            distance = ks_distance(ordered, law)
            if np.isfinite(likelihood):
                found.append(Candidate(written, spec, law, parameters, likelihood, distance))
            else:
                refused[kind] = "some of the times are impossible under it"
    return sorted(found, key=lambda each: each.aic), refused


def ks_distance(ordered: np.ndarray, law: Law) -> float:
    """Largest difference between the shares of sorted data and of a law below any value."""
    share = law.cdf(ordered)
    steps = np.arange(ordered.size + 1) / ordered.size
    return float(max((steps[1:] - share).max(), (share - steps[:-1]).max()))


# -- the kinds ---------------------------------------------------------------------------------


def _exponential(ordered: np.ndarray) -> tuple[Written, Law]:
    mean = ordered.mean()
    return {"kind": "exponential", "mean": time(mean)}, stats.expon(scale=mean)


def _lognormal(ordered: np.ndarray) -> tuple[Written, Law]:
    logs = np.log(ordered)
    mu, sigma = logs.mean(), logs.std()
    return _written_lognormal(mu, sigma), stats.lognorm(s=sigma, scale=np.exp(mu))


def _written_lognormal(mu: float, sigma: float) -> Written:
    cv = np.sqrt(np.expm1(min(sigma**2, 100.0)))
    if cv > LARGEST_CV:
        p99 = np.exp(mu + sigma * stats.norm.ppf(0.99))
        return {"kind": "lognormal", "p50": time(np.exp(mu)), "p99": time(p99)}
    return {"kind": "lognormal", "mean": time(np.exp(mu + sigma**2 / 2)), "cv": short(cv)}


def _gamma(ordered: np.ndarray) -> tuple[Written, Law]:
    shape = _gamma_shape(ordered)
    mean = ordered.mean()
    written = {"kind": "gamma", "mean": time(mean), "cv": short(shape**-0.5)}
    return written, stats.gamma(a=shape, scale=mean / shape)


def _gamma_shape(ordered: np.ndarray) -> float:
    """The likeliest shape; the likeliest mean is that of the data."""
    spread = np.log(ordered.mean()) - np.log(ordered).mean()

    def excess(log_shape: float) -> float:
        return log_shape - float(digamma(np.exp(log_shape))) - spread

    if excess(LOG_SHAPES[0]) * excess(LOG_SHAPES[1]) >= 0:
        raise NoFitError("the times hardly vary")
    return float(np.exp(optimize.brentq(excess, *LOG_SHAPES)))


def _erlang(ordered: np.ndarray) -> tuple[Written, Law]:
    shape, mean = _gamma_shape(ordered), ordered.mean()
    if shape < 1:
        raise NoFitError("more variable than one phase")

    def law(phases: int) -> Law:
        return stats.gamma(a=phases, scale=mean / phases)

    around = {max(1, int(shape)), int(shape) + 1}
    phases = max(around, key=lambda each: float(np.sum(law(each).logpdf(ordered))))
    if phases == 1:
        raise NoFitError("one phase is the likeliest: exponential")
    return {"kind": "erlang", "phases": phases, "mean": time(mean)}, law(phases)


def _hyperexponential(ordered: np.ndarray) -> tuple[Written, Law]:
    weights, means = two_exponentials(ordered)
    _check_parts(weights, ordered.size)
    if abs(means[1] / means[0] - 1) < SAME:
        raise NoFitError("both phases are the same: exponential")
    written = {
        "kind": "hyperexponential",
        "probabilities": probabilities(weights),
        "means": [time(each) for each in means],
    }
    return written, Mixed(weights, [stats.expon(scale=each) for each in means])


def _mixture(ordered: np.ndarray) -> tuple[Written, Law]:
    weights, parts = two_normals(np.log(ordered))
    _check_parts(weights, ordered.size)
    if np.allclose(parts[0], parts[1], atol=SAME):
        raise NoFitError("both parts are the same: lognormal")
    written = {
        "kind": "mixture",
        "parts": [_written_lognormal(mu, sigma) for mu, sigma in parts],
        "weights": probabilities(weights),
    }
    return written, Mixed(weights, [stats.lognorm(s=s, scale=np.exp(m)) for m, s in parts])


def _check_parts(weights: np.ndarray, n: int) -> None:
    if weights.min() < max(RAREST, FEWEST_IN_PART / n):
        raise NoFitError("one part alone is as likely")


def _pareto(ordered: np.ndarray) -> tuple[Written, Law]:
    least = ordered[0]
    index = 1 / np.log(ordered / least).mean()
    law = stats.pareto(b=index, scale=least)
    if index <= 1:
        raise NoFitError(f"its tail index would be {index:.3g}: no mean")
    if index <= 2.01:
        return {"kind": "pareto", "p50": time(law.ppf(0.5)), "p99": time(law.ppf(0.99))}, law
    cv = (index * (index - 2)) ** -0.5
    return {"kind": "pareto", "mean": time(law.mean()), "cv": short(cv)}, law


def _bounded_pareto(ordered: np.ndarray) -> tuple[Written, Law]:
    """Source: Aban, Meerschaert and Panorska, "Parameter estimation for the truncated Pareto
    distribution", *J. American Statistical Association* 101, 2006.
    """
    least, most = ordered[0], ordered[-1]
    width = np.log(most / least)
    mean_log = np.log(ordered / least).mean()

    def slope(index: float) -> float:  # of the log-likelihood
        return 1 / index - width / np.expm1(index * width) - mean_log

    lowest, highest = 0.011, min(100.0, 600 / width)
    if slope(lowest) * slope(highest) >= 0:
        raise NoFitError("its density would not fall")
    index = float(optimize.brentq(slope, lowest, highest))  # type: ignore[arg-type]
    written = {
        "kind": "bounded_pareto",
        "index": short(index),
        "least": time(least),
        "most": time(most),
    }
    return written, stats.truncpareto(b=index, c=most / least, scale=least)


def _uniform(ordered: np.ndarray) -> tuple[Written, Law]:
    low, high = ordered[0], ordered[-1]
    return {"kind": "uniform", "low": time(low), "high": time(high)}, stats.uniform(low, high - low)


Fit = Callable[[np.ndarray], tuple[Written, Law]]

FITS: Mapping[str, tuple[Fit, int]] = {
    "exponential": (_exponential, 1),
    "erlang": (_erlang, 2),
    "gamma": (_gamma, 2),
    "hyperexponential": (_hyperexponential, 3),
    "lognormal": (_lognormal, 2),
    "mixture": (_mixture, 5),
    "pareto": (_pareto, 2),
    "bounded_pareto": (_bounded_pareto, 3),
    "uniform": (_uniform, 2),
}
