"""What a signal promises to those who listen."""

from simulator.controllers.signals import Signal
from simulator.kernel import Simulation


class Witness:
    """Notes what it hears of a signal, and when."""

    def __init__(self):
        self.sim = Simulation()
        self.decisions, self.heard = [], []
        self.signal = Signal("errors", self.sim, self._note, of="api")
        self.signal.on_fire(lambda signal: self.heard.append(("fired", signal.words)))
        self.signal.on_clear(lambda signal: self.heard.append(("cleared", signal.words)))

    def _note(self, *decision):
        self.decisions.append(decision)

    def at(self, instant_s, action, *arguments):
        def process():
            yield self.sim.timeout(instant_s)
            action(*arguments)

        self.sim.process(process())
        return self

    def until(self, instant_s):
        self.sim.run(instant_s)
        return self


def test_listeners_hear_of_each_firing_and_clearing():
    seen = Witness()
    seen.at(1, seen.signal.raise_, "5 % fail").at(3, seen.signal.clear).until(4)
    assert seen.heard == [("fired", "5 % fail"), ("cleared", "over")]
    assert seen.decisions == [
        ("fired", "api", "errors: 5 % fail"),
        ("cleared", "api", "errors: over"),
    ]


def test_what_fires_already_is_not_raised_again():
    seen = Witness()
    seen.at(1, seen.signal.raise_, "first").at(2, seen.signal.raise_, "second").until(3)
    assert seen.heard == [("fired", "first")]
    assert (seen.signal.fired, seen.signal.since_s) == (1, 1)


def test_what_does_not_fire_cannot_be_cleared():
    seen = Witness()
    seen.at(1, seen.signal.clear).until(2)
    assert seen.heard == seen.decisions == []
    assert seen.signal.cleared == 0


def test_the_level_is_the_time_for_which_it_fired():
    seen = Witness()
    for from_s, until_s in ((1, 3), (5, 6)):
        seen.at(from_s, seen.signal.raise_, "again").at(until_s, seen.signal.clear)
    seen.until(10)
    assert seen.signal.is_firing_area + seen.signal.is_firing * 10 == 3


def test_a_listener_finds_the_signal_changed_and_may_clear_it():
    seen = Witness()
    states = []
    seen.signal.on_fire(lambda signal: (states.append(signal.is_firing), signal.clear("mended")))
    seen.at(1, seen.signal.raise_, "it").until(2)
    assert states == [1]
    assert seen.heard == [("fired", "it"), ("cleared", "mended")]
