"""Who calls whom: what a component has to know of the system around it before a run begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence


class Wiring:
    """The groups of a system, and which of them each one may send calls to.

    Args:
        calls: for each group the names of components or groups that it sends calls to; where
            nothing is said of a name, calls end there.

    Attributes:
        calls: the same by groups.
        circles: all groups, callers before those they call; groups that can be come to from one
            another stand together.
    """

    def __init__(self, calls: Mapping[str, Iterable[str]]) -> None:
        self.calls = {name: [group_of(each) for each in called] for name, called in calls.items()}
        self.circles = _circles(self.calls)
        self._circle_of = {name: i for i, each in enumerate(self.circles) for name in each}

    def reached(self, name: str) -> set[str]:
        """The groups that a call to a component may come to, its own included."""
        found, ahead = {group_of(name)}, [group_of(name)]
        while ahead:
            new = [each for each in self.calls.get(ahead.pop(), ()) if each not in found]
            found.update(new)
            ahead += new
        return found

    def repeats(self, targets: Sequence[str]) -> list[bool]:
        """For each of several calls whether it may come to where one before it may come."""
        reached = {name: self.reached(name) for name in {group_of(each) for each in targets}}
        seen: set[str] = set()
        found = []
        for target in targets:
            group = group_of(target)
            found.append(group in seen or not seen.isdisjoint(reached[group]))
            seen |= reached[group]
        return found

    def leads_back(self, name: str, target: str) -> bool:
        """Whether a call that a component sends to a target may come back to the component."""
        here, there = self._circle_of.get(group_of(name)), self._circle_of.get(group_of(target))
        return here is not None and here == there

    def circle(self, name: str) -> list[str]:
        """The groups that stand together with that of a component, itself included."""
        return self.circles[self._circle_of[group_of(name)]]

    def has_circles(self) -> bool:
        """Whether a call may come to a component that it has been at."""
        return any(self.is_circle(each) for each in self.circles)

    def is_circle(self, names: Sequence[str]) -> bool:
        """Whether a call may go round among groups that stand together in ``circles``."""
        return len(names) > 1 or names[0] in self.calls.get(names[0], ())


def group_of(name: str) -> str:
    """The group of a component: ``api`` for ``api[2]``, and for one without replicas itself."""
    return name.partition("[")[0]


def replicas_of(group: str, count: int) -> list[str]:
    """The components of a group: itself if it is only one, else ``api[1]`` to ``api[n]``.

    >>> replicas_of("api", 1), replicas_of("api", 2)
    (['api'], ['api[1]', 'api[2]'])
    """
    return [group] if count == 1 else [f"{group}[{i}]" for i in range(1, count + 1)]


def _circles(calls: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The strongly connected components, by Kosaraju's algorithm, callers first."""
    callers: dict[str, list[str]] = {name: [] for name in calls}
    for name, called in calls.items():
        for each in called:
            callers.setdefault(each, []).append(name)
    done: set[str] = set()
    order = [each for name in calls if name not in done for each in _behind(name, calls, done)]
    done = set()
    return [_behind(name, callers, done) for name in reversed(order) if name not in done]


def _behind(first: str, calls: Mapping[str, Sequence[str]], done: set[str]) -> list[str]:
    """What can be come to from a name and is not done, each before that from where it was found."""
    done.add(first)
    found, way = [], [(first, iter(calls.get(first, ())))]
    while way:
        name, ahead = way[-1]
        new = next((each for each in ahead if each not in done), None)
        if new is None:
            found.append(name)
            way.pop()
        else:
            done.add(new)
            way.append((new, iter(calls.get(new, ()))))
    return found
