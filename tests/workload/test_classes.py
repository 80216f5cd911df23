"""What a request class says of itself, and what the kernel is told of it."""

import pytest

from simulator.kernel import RequestClass
from simulator.workload.workload import ClassSpec, Workload


def test_classes_keep_their_order_and_everything_they_say():
    classes = {
        "gold": {"share": 1.0, "priority": 2, "weight": 4.0},
        "writer": {"share": 3.0, "operation": "write"},
    }
    workload = Workload.model_validate(
        {"arrivals": {"kind": "poisson", "rate": 1.0}, "classes": classes}
    )
    assert workload.request_classes() == [
        RequestClass("gold", 1.0, priority=2, weight=4.0),
        RequestClass("writer", 3.0, writes=True, priority=0, weight=1.0),
    ]


@pytest.mark.parametrize("wrong", [{"weight": 0.0}, {"weight": -1.0}, {"priority": 1.5}])
def test_impossible_dues_are_refused(wrong):
    with pytest.raises(ValueError, match=r"greater than 0|valid integer"):
        ClassSpec(share=1.0, **wrong)
