"""Does long work in two processes where there are two processors for it: learning shall not keep an editor waiting."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import warnings
from bisect import bisect_left
from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

log = logging.getLogger("lotse")

FIRST_SHARE = 0.52
"""Of the work that the first process does itself; the copy needs some time to be made and fetched."""
Finding = TypeVar("Finding")
Part = TypeVar("Part")
Halfway = Generator[Finding, tuple[Finding, Finding], Part]
"""Work on one half: yields what it found, is sent what both halves found, and returns its part of the result."""
Work = Callable[[int, int], Halfway[Finding, Part]]


def in_halves(work: Work[Finding, Part], sizes: Sequence[int]) -> tuple[Part, Part]:
    """Return the results of ``work(start, end)`` on the two halves of items with these ``sizes``.

    A copy of this process does the second half: it knows everything that was read so far; what it
    finds and returns must be picklable. Where no copy can be made, or if it fails, this process does all of it.
    """
    count, middle = len(sizes), _middle(sizes)
    with _copy(work, middle, count) as copy:
        if copy is not None:
            try:
                return _together(work, middle, copy)
            except (EOFError, OSError) as error:  # the copy has failed, for want of memory perhaps
                log.debug("the second process failed: %s", type(error).__name__)
        return _alone(work, middle, count)


@contextlib.contextmanager
def _copy(work: Work[Finding, Part], start: int, end: int) -> Iterator[Connection | None]:
    """Do ``work(start, end)`` in a copy of this process; give the connection to it, ``None`` without a copy."""
    with contextlib.ExitStack() as left:
        try:
            here = _copied(left, work, start, end) if _may_copy() else None
        except OSError as error:  # no more processes or files are allowed, or there is no memory
            log.debug("no second process: %s", type(error).__name__)
            here = None
        yield here


def _copied(left: contextlib.ExitStack, work: Work[Finding, Part], start: int, end: int) -> Connection | None:
    """Start a copy of this process, which ends with ``left``; ``None`` if this one is a copy itself."""
    import multiprocessing  # noqa: PLC0415 - 10 ms that only learning needs

    if multiprocessing.current_process().daemon:  # a copy may not be copied
        return None
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    left.callback(here.close)
    copy = context.Process(target=_run, args=(here, there, work, start, end), daemon=True)
    left.callback(there.close)
    _start(copy)
    left.callback(copy.join)
    left.callback(copy.kill)
    there.close()
    return here


def _together(work: Work[Finding, Part], middle: int, here: Connection) -> tuple[Part, Part]:
    first = work(0, middle)
    found = next(first)
    both = (found, here.recv())
    here.send(found)  # not before: what is sent must be fetched, and both would wait
    return _finished(first, both), here.recv()


def _alone(work: Work[Finding, Part], middle: int, count: int) -> tuple[Part, Part]:
    first, second = work(0, middle), work(middle, count)
    both = next(first), next(second)
    return _finished(first, both), _finished(second, both)


def _finished(half: Halfway[Finding, Part], both: tuple[Finding, Finding]) -> Part:
    try:
        half.send(both)
    except StopIteration as done:
        part: Part = done.value
        return part
    raise RuntimeError("a half exchanges only once")


def _middle(sizes: Sequence[int]) -> int:
    """Return where to divide, so that making the copy and fetching its result cost no time."""
    done = list(accumulate(sizes))
    return bisect_left(done, FIRST_SHARE * done[-1]) if done else 0


def _may_copy() -> bool:
    """Return whether a copy gains time and is safe: other threads may hold locks that it would keep for ever."""
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    return len(os.sched_getaffinity(0)) > 1


def _start(copy: BaseProcess) -> None:
    with warnings.catch_warnings():
        # Later Pythons warn of any thread, those at rest in the linear algebra library too.
        warnings.simplefilter("ignore", DeprecationWarning)
        copy.start()


def _run(here: Connection, there: Connection, work: Work[Finding, Part], start: int, end: int) -> None:
    here.close()  # or the end of the first process would go unnoticed
    with contextlib.suppress(BaseException):  # whatever it was, the first process will meet it too, and tell
        half = work(start, end)
        found = next(half)
        there.send(found)
        there.send(_finished(half, (there.recv(), found)))
