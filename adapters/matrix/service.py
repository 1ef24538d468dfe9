"""One run of the Matrix channel: what a sync brings is taken in, queued and settled."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any

from adapters.base import Desk
from adapters.matrix.account import advance_generation, revoked
from adapters.matrix.answering import Answering, Heard
from adapters.matrix.api import Api, Json, MatrixError
from adapters.matrix.crypto import Machine
from adapters.matrix.decryption import MissingKeyError, RoomKey
from adapters.matrix.delivery import Delivery, MutedError, pause_after
from adapters.matrix.keys import Keys
from adapters.matrix.membership import Membership
from adapters.matrix.queues import Progress, RoomQueues
from adapters.matrix.rooms import Rooms
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Store
from adapters.matrix.sync import Joined, News, SyncLoop
from adapters.matrix.undecrypted import Kept, Undecrypted

log = logging.getLogger("lotse.matrix")

_LEDGER_AGE = 60 * 86400.0
_HOUR = 3600.0
_LOOK = 2.0
_HASTE = 0.25
"""Seconds in which an answer must get done for the server not to be asked for more yet."""
_LONGEST_HASTE = 1.0
"""Seconds after which it is asked in any case, so that no room waits for a busy one."""
MOST_OPEN = 2_000
"""Events under way beyond which what is said next is not kept in memory: the server has it. Nobody is
kept waiting for others by that, as they would be if the server were not asked any more."""


class Service:
    """One run of the channel, from the first sync to the last answer."""

    def __init__(
        self,
        settings: MatrixSettings,
        desk: Desk,
        patience: float,
        *,
        api: Api,
        store: Store,
        machine: Machine,
        keys: Keys,
        names: tuple[str, ...],
        counts: Counter[str],
    ) -> None:
        self._counts = counts
        self._drain = settings.drain
        self._user = settings.user
        self._api = api
        self._store = store
        self._machine = machine
        self._keys = keys
        self._revoked = asyncio.Event()
        self._progress = Progress()
        self._broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues = RoomQueues(self._release, self._break)
        self._undecrypted = Undecrypted(patience)
        self._rooms = Rooms(api, machine)
        self._membership = Membership(api, settings, self._revoked.set, lambda: desk.line("declined"))
        self._delivery = Delivery(api, keys, self._revoked.set, counts)
        self._answering = Answering(
            settings,
            desk,
            api=api,
            store=store,
            machine=machine,
            rooms=self._rooms,
            delivery=self._delivery,
            names=names,
        )
        self._background: set[asyncio.Task[None]] = set()
        self._upkeep: asyncio.Task[None] | None = None
        self._token = ""
        self.sync = SyncLoop(api, self._handle)

    @property
    def waiting(self) -> int:
        """How many events have not been handled yet."""
        return self._queues.open

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set. Raises ``AccessError`` when the token is revoked."""
        loops = [
            asyncio.create_task(work) for work in (self._follow(), self._look_after(), self._housekeep())
        ]
        ends = [asyncio.create_task(event.wait()) for event in (stop, self._revoked)]
        try:
            events: list[asyncio.Future[Any]] = [*loops, *ends, self._broken]
            await asyncio.wait(events, return_when=asyncio.FIRST_COMPLETED)
            if self._broken.done():
                self._broken.result()
            for loop in loops:
                if loop.done() and not loop.cancelled():
                    loop.result()
        except MatrixError as error:
            if error.revoked:
                raise revoked() from None
            raise
        finally:
            for task in (*loops, *ends, *self._background):
                task.cancel()
            await asyncio.gather(*loops, *ends, *self._background, return_exceptions=True)
            await self._queues.drain(0.0 if self._revoked.is_set() else self._drain)
            await self._membership.close()
            await self._delivery.close()
        if self._revoked.is_set():
            raise revoked()

    def _break(self, error: Exception) -> None:
        if not self._broken.done():
            self._broken.set_exception(error)
            self._broken.exception()  # raised by ``run``, or too late for it: nothing to complain of

    # --- following the server ----------------------------------------------------------

    async def _follow(self) -> None:
        self._token = self._store.mark("sync")
        news = await self._glance()
        for room, state in news.invited.items():
            self._membership.invited(room, state)
        for joined in news.joined:
            if joined.alone:
                self._membership.leave(joined.room)
        self._machine.prune({*news.invited, *(joined.room for joined in news.joined)})
        if not self._token:
            # The very first start: what was said before is not for the bot.
            self._token = news.token
            self._store.set_mark("sync", news.token)
            # Lost in a power cut, the next start would again pass for the first one, and skip questions.
            self._store.settle()
        log.info("serving", extra={"rooms": len(news.joined)})
        await self.sync.run(self._token)

    async def _glance(self) -> News:
        failures = 0
        while True:
            try:
                return await self.sync.glance()
            except MatrixError as error:
                if not error.passing:
                    raise
                failures += 1
                await asyncio.sleep(max(error.retry_after, pause_after(failures)))

    async def _handle(self, news: News) -> None:
        """Take in one sync: keys first, then rooms; whatever is slow is only queued here."""
        before, self._token = self._token, news.token
        ticket = self._progress.open(news.token)
        for key in self._machine.decryption.receive(news.to_device):
            if key.withheld:
                self._undecrypted.withheld(key.room, key.session, key.sender, key.withheld)
            else:
                self._unlock(key, ticket)
        self._machine.tidy()
        self._keys.changed((*news.changed_devices, *news.left_devices))
        self._keep_keys(news)
        for room, state in news.invited.items():
            self._membership.invited(room, state)
        for room in news.left:
            self._leave_behind(room)
            self._membership.left(room)
        for joined in news.joined:
            self._take_in(joined, before, ticket)
        self._release(ticket)
        # What can be answered at once goes to the server before the question what else is new,
        # which costs it as much time as an answer.
        await self._queues.calm(_HASTE, _LONGEST_HASTE)

    def _take_in(self, joined: Joined, before: str, ticket: int) -> None:
        room = joined.room
        self._rooms.apply(
            room, (event for event in (*joined.state, *joined.timeline) if "state_key" in event)
        )
        if joined.alone or self._rooms.get(room).deserted:
            self._leave_behind(room)
            self._membership.leave(room)
            return
        entered = joined.own_join(self._user)
        timeline = joined.since_invitation(self._user) if entered else joined.timeline
        if entered:
            self._put(room, lambda: self._welcome(room, entered), ticket)
            self._spawn(self._meet(room))
        elif joined.missed:
            self._rooms.stale(room)
        for event in timeline:
            if event.get("type") == "m.room.tombstone" and event.get("state_key") == "":
                self._membership.replaced(room, event)
        said = [heard for heard in (Heard.of(room, event) for event in timeline) if heard is not None]
        if not entered and self._queues.open > MOST_OPEN:
            self._set_aside(room, self._token, before, ticket, [heard.sender for heard in said])
            return
        if not entered and joined.missed:
            self._set_aside(room, joined.missed, before, ticket)
        for heard in said:
            self._hear(heard, ticket)

    def _set_aside(self, room: str, start: str, end: str, ticket: int, people: Collection[str] = ()) -> None:
        """Leave with the server what was said in ``room`` after the token ``end`` until its turn comes."""
        self._put(room, lambda: self._fill(room, start, end, ticket), ticket, people)

    async def _fill(self, room: str, start: str, end: str, ticket: int) -> None:
        """Fetch and handle what was said before the token ``start``, back to ``end``."""
        missed: list[Json] = []

        async def page() -> None:
            missed[:] = await self.sync.missed(room, start, end)

        await self._persist(room, page)
        for event in missed:
            heard = Heard.of(room, event)
            if heard is not None:
                await self._answer(heard, ticket)

    def _hear(self, heard: Heard, ticket: int) -> None:
        self._put(heard.room, lambda: self._answer(heard, ticket), ticket, (heard.sender,))

    async def _answer(self, heard: Heard, ticket: int) -> None:
        """Answer one event; what has no key yet is kept until it has."""

        async def once() -> None:
            await self._answering.hear(heard, self._queues.waiting(heard.room, heard.sender))

        try:
            await self._persist(heard.room, once)
        except MissingKeyError as missing:
            self._counts["undecryptable"] += 1
            kept = self._undecrypted.keep(
                heard.room, missing.session, heard.source, self._progress.hold(ticket)
            )
            self._let_go(kept)

    async def _welcome(self, room: str, joined: str) -> None:
        await self._persist(room, lambda: self._answering.welcome(room, joined))

    async def _persist(self, room: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do ``work`` through outages; what the server refuses for good is given up."""
        try:
            await self._delivery.persist(work)
        except MatrixError as error:
            self._counts["dead_letters"] += 1
            log.warning("the server refused an answer", extra={"error": str(error)})
            if isinstance(error, MutedError):  # there is nothing to do in this room
                self._leave_behind(room)
                self._membership.leave(room)

    def _unlock(self, key: RoomKey, ticket: int) -> None:
        """Handle what was waiting for a key, also what the run before this one told of as unreadable."""
        arrived = self._undecrypted.arrived(key.room, key.session)
        for kept in arrived:
            heard = Heard.of(kept.room, kept.event)
            if heard is not None:
                self._hear(heard, ticket)
        self._let_go(arrived)
        if not arrived and self._answering.told_unreadable():
            self._put(key.room, lambda: self._look_back(key, ticket), ticket)

    async def _look_back(self, key: RoomKey, ticket: int) -> None:
        recent: list[Json] = []

        async def page() -> None:
            recent[:] = await self.sync.recent(key.room)

        try:
            await self._delivery.persist(page)
        except MatrixError:
            return  # a key for a room in which the bot is not
        told = self._answering.told_unreadable()
        for event in recent:
            heard = Heard.of(key.room, event)
            if heard is not None and heard.id in told and heard.content.get("session_id") == key.session:
                await self._answer(heard, ticket)

    def _let_go(self, kept: list[Kept]) -> None:
        for one in kept:
            if one.ticket is not None:
                self._release(one.ticket)
                one.ticket = None

    def _leave_behind(self, room: str) -> None:
        self._let_go(self._undecrypted.forget(room))
        self._queues.drop(room)
        self._keys.changed(self._rooms.forget(room))

    def _put(
        self, room: str, work: Callable[[], Awaitable[None]], ticket: int, people: Collection[str] = ()
    ) -> None:
        self._queues.put(room, work, self._progress.hold(ticket), people)

    def _release(self, ticket: int) -> None:
        token = self._progress.release(ticket)
        if token:
            self._store.set_mark("sync", token)

    # --- upkeep ------------------------------------------------------------------------

    async def _look_after(self) -> None:
        """Tell people about messages whose key does not come."""
        while True:
            await asyncio.sleep(_LOOK)
            for kept in self._undecrypted.overdue():
                heard = Heard.of(kept.room, kept.event)
                if heard is None or kept.ticket is None:
                    continue
                tell = self._telling(heard, kept.withheld)
                self._queues.put(kept.room, tell, kept.ticket)
                kept.ticket = None

    def _telling(self, heard: Heard, withheld: str) -> Callable[[], Awaitable[None]]:
        async def once() -> None:
            await self._answering.tell_unreadable(heard, withheld)

        return lambda: self._persist(heard.room, once)

    async def _housekeep(self) -> None:
        while True:
            self._store.sweep(_LEDGER_AGE)
            await asyncio.sleep(_HOUR)
            with contextlib.suppress(MatrixError):
                await advance_generation(self._api, self._store, self._machine)

    def _keep_keys(self, news: News) -> None:
        if self._upkeep is None or self._upkeep.done():
            self._upkeep = self._spawn(self._tend_keys(news.key_counts, news.fallback_keys))

    async def _tend_keys(self, counts: object, fallback: object) -> None:
        await self._keys.replenish(counts, fallback)
        await self._keys.mend()

    async def _meet(self, room: str) -> None:
        """Fetch the keys of a new room's people before they ask, so that the first answer is quick."""
        found = await self._rooms.load(room)
        if found.encrypted:
            await self._keys.prepare(list(found.members))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        async def run() -> None:
            try:
                await work
            except MatrixError as error:
                log.warning("an upkeep request failed", extra={"error": str(error)})

        task = asyncio.create_task(run())
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task
