"""A parcel on its way: how far it has come, and what became of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.telegram.marks import Trace
from adapters.telegram.messages import Step
from adapters.telegram.responder import Parcel


@dataclass(slots=True)
class Shipment:
    """The delivery of one ``parcel``, which one task at a time works on.

    ``trace`` tells of a send whose outcome is unknown, ``steps`` and ``part`` what is to be done and which
    of it is next, ``rounds`` how often all tries have failed, ``quiet`` whether the chat has had too much
    of us already.
    """

    parcel: Parcel
    trace: Trace | None = None
    steps: tuple[Step, ...] = field(init=False)
    part: int = field(default=0, init=False)
    rounds: int = field(default=0, init=False)
    quiet: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.steps = self.parcel.steps

    def resume(self) -> None:
        """Go on with the part that was under way when its answer was lost, if one was."""
        if self.trace is not None:
            self.part = min(max(self.part, self.trace.part), len(self.steps) - 1)

    def take_trace(self) -> Trace | None:
        """Return what is known of an earlier send of the next step, if anything is; it is asked for once."""
        trace, self.trace = self.trace, None
        return trace if trace is not None and trace.part == self.part else None

    def cut(self, first: Step, more: Sequence[Step]) -> None:
        """Put steps that together say the same in the place of the next one.

        Also for later: if the first of them is put aside, the next try must not cut it again.
        """
        self.steps = (*self.steps[: self.part], first, *more, *self.steps[self.part + 1 :])
