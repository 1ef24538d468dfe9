"""Does long work in two processes where there are two processors for it: learning shall not keep an editor waiting."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import warnings
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

FIRST_SHARE = 0.52
"""Of the work that the first process does itself; the copy needs some time to be made and fetched."""
Part = TypeVar("Part")
Work = Callable[[int, int], Part]


def in_halves(work: Work[Part], sizes: Sequence[int]) -> list[Part]:
    """Return ``work(start, end)`` of the two halves of items with these ``sizes``, in order.

    A copy of this process does the second half: it knows everything that was read so far, and its
    result must be picklable. Where no copy can be made, or if it fails, this process does all of it.
    """
    count, middle = len(sizes), _middle(sizes)
    if not _may_copy():
        return [work(0, middle), work(middle, count)]
    import multiprocessing  # noqa: PLC0415 - 10 ms that only learning needs

    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    copy = context.Process(target=_do, args=(sending, work, middle, count), daemon=True)
    with warnings.catch_warnings():
        # Later Pythons warn of any thread, those at rest in the linear algebra library too.
        warnings.simplefilter("ignore", DeprecationWarning)
        copy.start()
    sending.close()
    try:
        first = work(0, middle)
        try:
            second: Part = receiving.recv()
        except EOFError:  # the copy has failed, for want of memory perhaps
            second = work(middle, count)
    finally:
        copy.kill()
        copy.join()
        receiving.close()
    return [first, second]


def _middle(sizes: Sequence[int]) -> int:
    """Return where to divide, so that making the copy and fetching its result cost no time."""
    done = list(accumulate(sizes))
    return bisect_left(done, FIRST_SHARE * done[-1]) if done else 0


def _may_copy() -> bool:
    """Return whether a copy gains time and is safe: other threads may hold locks that it would keep for ever."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1


def _do(sending: Connection, work: Work[Part], start: int, end: int) -> None:
    with contextlib.suppress(BaseException):  # whatever it was, the other process will meet it too, and tell
        sending.send(work(start, end))
