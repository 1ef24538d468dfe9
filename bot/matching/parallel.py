"""Runs two halves of a long calculation at the same time, where the machine can."""

from __future__ import annotations

import multiprocessing
import os
import threading
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

First = TypeVar("First")
Second = TypeVar("Second")


def can_halve() -> bool:
    """Return whether a second process would help: two processors, and nothing that a fork could cut in two."""
    has_two = len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else False
    return has_two and hasattr(os, "fork") and threading.active_count() == 1


def both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Return the results of both; ``second`` is calculated in a child if ``can_halve``.

    The child shares what is in memory already and sends back its result, which
    must be picklable. A child that fails only costs time: then it is calculated here.
    """
    if not can_halve():
        return first(), second()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)

    def run(result: Connection) -> None:
        result.send(second())

    child = context.Process(target=run, args=(there,), daemon=True)
    with warnings.catch_warnings():
        # Python warns of threads; those of numpy's BLAS are made to survive a fork.
        warnings.simplefilter("ignore", DeprecationWarning)
        child.start()
    there.close()
    mine = first()
    try:
        theirs: Second = here.recv()
    except (EOFError, OSError):
        theirs = second()
    finally:
        here.close()
        child.join()
    return mine, theirs
