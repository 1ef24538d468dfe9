"""All that syncs have brought and that is not settled, and the sync token that may be stored meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection

from adapters.matrix.queues import Progress, RoomQueues, Work
from adapters.matrix.store import Store


class Backlog:
    """Work in rooms. The token that is stored is the newest before which everything is settled.

    ``calm``, ``drain``, ``drop``, ``length`` and ``waiting`` are those of its ``RoomQueues``. ``broken`` is told of an
    error after which nothing can be remembered and all work ends.
    """

    def __init__(self, store: Store, broken: Callable[[Exception], None]) -> None:
        self._store = store
        self._progress = Progress()
        self._queues = RoomQueues(self.release, broken)
        self.calm = self._queues.calm
        self.drain = self._queues.drain
        self.drop = self._queues.drop
        self.length = self._queues.length
        self.waiting = self._queues.waiting

    @property
    def open(self) -> int:
        """How much work waits or is being done in all rooms."""
        return self._queues.open

    def begin(self, token: str) -> int:
        """Return the ticket of the sync that ends at ``token``; it is held once."""
        return self._progress.open(token)

    def hold(self, ticket: int) -> int:
        """Hold a ticket once more; return it."""
        return self._progress.hold(ticket)

    def release(self, ticket: int) -> None:
        """Give one hold of a ticket back."""
        token = self._progress.release(ticket)
        if token:
            self._store.set_mark("sync", token)

    def put(
        self, room: str, work: Work, ticket: int, people: Collection[str] = (), *, ahead: bool = False
    ) -> None:
        """Let ``work`` wait in ``room``; it holds the ticket (see ``RoomQueues.put``)."""
        self._queues.put(room, work, self._progress.hold(ticket), people, ahead=ahead)
