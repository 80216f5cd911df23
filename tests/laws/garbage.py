"""What only the garbage collector finds: objects that hold one another after their use."""

import gc
from collections.abc import Callable
from typing import Any


def garbage_of(action: Callable[[], Any]) -> int:
    """How many objects in reference cycles an action leaves behind.

    What was there before is frozen: the collector need not go through it all, and finds none of it.
    """
    gc.freeze()
    gc.disable()
    try:
        action()
        return gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
