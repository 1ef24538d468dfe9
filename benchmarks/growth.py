"""How the memory of a running program grows: what is sampled, and a slope that outliers do not bend."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

_BLOCK = 10.0
"""Seconds whose median is one point: what is short-lived must not count as growth."""
_SURE = 1.96
"""Standard deviations of a 95 % interval."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The program at one moment: seconds since the start, MB, tasks, files, seconds of processor time.

    ``own`` is the anonymous memory: what the program itself has allocated, without pages of
    files, which come and go with the page cache and can be given back at any time.
    """

    at: float
    resident: float
    own: float
    tasks: int
    files: int
    processor: float


def take(process: int, metrics: str, begun: float) -> Sample:
    """Return a sample of ``process`` from its own metrics and from Linux's account of its memory."""
    values = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if line and not line.startswith("#"))
    return Sample(
        time.monotonic() - begun,
        float(values["process_resident_memory_bytes"]) / 2**20,
        _anonymous(process),
        int(float(values["lotse_tasks"])),
        int(float(values["process_open_fds"])),
        float(values["process_cpu_seconds_total"]),
    )


def _anonymous(process: int) -> float:
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) / 1024
    raise ValueError("this kernel does not tell anonymous memory")


@dataclass(frozen=True, slots=True)
class Slope:
    """Growth in MB per hour: the best guess, and the ends of a 95 % interval."""

    guess: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.guess:+.1f} MB per hour (95 %: {self.low:+.1f} to {self.high:+.1f})"


def slope(samples: Sequence[Sample], after: float) -> Slope:
    """Return how the program's own memory grows in the samples from second ``after`` on.

    Theil-Sen: the median of the slopes between any two points, with the interval of Sen (1968),
    which assumes that points err independently; memory comes in steps, so take it as the least width.
    """
    points = _medians([each for each in samples if each.at >= after])
    slopes = sorted(
        3600 * (later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in combinations(points, 2)
    )
    if not slopes:
        return Slope(0.0, float("-inf"), float("inf"))
    count = len(points)
    spread = _SURE * (count * (count - 1) * (2 * count + 5) / 18) ** 0.5
    low = max(0, int((len(slopes) - spread) / 2))
    return Slope(statistics.median(slopes), slopes[low], slopes[len(slopes) - 1 - low])


def _medians(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    blocks: dict[int, list[Sample]] = {}
    for each in samples:
        blocks.setdefault(int(each.at / _BLOCK), []).append(each)
    return [
        (statistics.median(each.at for each in block), statistics.median(each.own for each in block))
        for block in blocks.values()
    ]
