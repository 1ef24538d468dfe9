"""The order in a chat is kept through an outage; one answer that never works does not block the rest."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections import Counter
from pathlib import Path

import pytest

from adapters.telegram import courier, delivery, messages, overtaking
from adapters.telegram.courier import Courier, PutAsideError
from adapters.telegram.errors import Backoff
from adapters.telegram.inbox import SqliteInbox
from adapters.telegram.marks import Marks, Trace
from adapters.telegram.responder import Parcel
from adapters.telegram.shipment import Shipment
from adapters.telegram.transport import Transport
from adapters.telegram.updates import Place
from tests.live.telegram.bot_api import TOKEN, BotApi, Fault, answers_in, person
from tests.live.telegram.harness import Bench, run, serving

OFFERS = ("zastex", "zmi", "asskomm")


def told(bench: Bench) -> list[str]:
    """Return the offers of the answers that were given, in the order of their numbers."""
    found = []
    for answer in answers_in(bench.api, person(bench.api).private()):
        data = [b.get("callback_data", "") for row in answer["reply_markup"]["inline_keyboard"] for b in row]
        found.append(next(d for d in data if d.startswith("1+"))[2:].partition(":")[0])
    return found


def ask(bench: Bench) -> None:
    """Ask for three contacts at once."""
    for offer in OFFERS:
        person(bench.api).says(f"/kontakt {offer}")


def test_an_outage_does_not_change_the_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as nothing gets through to anybody, what came first is what is tried."""
    monkeypatch.setattr(courier, "MOST_TRIES", 1)
    monkeypatch.setattr(delivery, "ASIDE", 0.1)

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            bench.api.faults.append(Fault("sendMessage", "html", 2, 502))
            ask(bench)
            await bench.api.until(lambda: len(told(bench)) == 3, 30)
            assert told(bench) == list(OFFERS)

    run(scenario())


@pytest.mark.parametrize(("lost", "settled"), [(False, 10.0), (True, 10.0), (True, 0.0)])
def test_an_emergency_answer_is_not_taken_for_the_one_that_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lost: bool, settled: float
) -> None:
    """It overtakes while the server is asked for a message; ``lost``: and its number is not known either.

    ``settled``: that the next one is known is of no use to an answer that was sent before both.
    """
    monkeypatch.setattr(overtaking, "SETTLED", settled)

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna = bench.api, person(bench.api)
            # The first search learns that this server tells; the second one begins with a number of the chat.
            api.faults.append(Fault("sendMessage", "html", code=502))
            anna.says("/kontakt zastex")
            await api.until(lambda: len(answers_in(api, anna.private())) == 1)
            hang = Fault("editMessageCaption", "hang")
            api.faults += [Fault("sendMessage", "html", code=502), hang]
            anna.says("/kontakt zmi")
            await api.until(lambda: hang.shown == 1)
            if lost:
                api.faults.append(Fault("sendMessage", "cut", done=True))
            anna.says("Hilfe, er hat ein Messer und steht vor der Tür")
            again = settled == 0.0
            await api.until(lambda: len(answers_in(api, anna.private())) >= 2 + again)
            hang.release.set()
            await api.until(lambda: bench.channel.waiting == 0)
            shown = [answer["text"] for answer in answers_in(api, anna.private())]
            assert sum("ZMI" in text for text in shown) == 1, "not lost"
            assert len(shown) == 3 + lost, "an alarm may be said twice"

    run(scenario())


@pytest.mark.parametrize(("settled", "said"), [(0.0, 1), (1000.0, 2)])
def test_a_lost_alarm_is_in_doubt_until_a_later_message_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settled: float, said: int
) -> None:
    """From then on a lost answer is found again instead of being sent twice."""
    monkeypatch.setattr(overtaking, "SETTLED", settled)

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna = bench.api, person(bench.api)
            api.faults.append(Fault("sendMessage", "cut", done=True))
            anna.says("Hilfe, er hat ein Messer und steht vor der Tür")
            await api.until(lambda: len(answers_in(api, anna.private())) == 2)
            await api.until(lambda: bench.channel.waiting == 0)
            api.faults.append(Fault("sendMessage", "cut", done=True))
            anna.says("/kontakt zmi")
            await api.until(lambda: bench.channel.waiting == 0 and not api.world.updates)
            shown = [answer["text"] for answer in answers_in(api, anna.private())]
            assert sum("ZMI" in text for text in shown) == said

    run(scenario())


def test_one_answer_that_never_works_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the chat goes on, and it is tried again later."""
    monkeypatch.setattr(courier, "MOST_TRIES", 1)
    monkeypatch.setattr(delivery, "MOST_ROUNDS", 2)
    monkeypatch.setattr(delivery, "ASIDE", 1.0)

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            bench.api.faults.append(Fault("sendMessage", "html", 2, 502))
            ask(bench)
            await bench.api.until(lambda: len(told(bench)) == 3, 30)
            assert told(bench) == ["zmi", "asskomm", "zastex"]
            await bench.api.until(lambda: bench.channel.waiting == 0)

    run(scenario())


def test_an_answer_that_was_cut_and_put_aside_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next round begins with the short text, not with the long one that was refused."""
    monkeypatch.setattr(courier, "MOST_TRIES", 2)
    parts = [letter * 1300 for letter in "abc"]
    keys = {"inline_keyboard": [[{"text": "Mehr", "callback_data": "x"}]]}

    async def scenario() -> None:
        async with BotApi() as api:
            chat = person(api).private()
            api.faults += [
                Fault("sendMessage", "status", 1, 400, "Bad Request: message is too long"),
                Fault("sendMessage", "html", 1, 502),
            ]
            transport, inbox = Transport(TOKEN, api.url), SqliteInbox(tmp_path, bytes(32))
            carrier = Courier(transport, inbox, Backoff(0.01), Counter())
            steps = (messages.say("\n\n".join(parts), keys),)
            shipment = Shipment(Parcel(None, Place(person(api).id), steps))
            with pytest.raises(PutAsideError):
                await carrier.deliver(shipment)
            await carrier.deliver(shipment)
            said = answers_in(api, chat)
            assert [answer["text"] for answer in said] == parts
            assert ["reply_markup" in answer for answer in said] == [False, False, True]
            await transport.close()
            inbox.close()

    run(scenario())


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_chat_that_refuses_is_asked_once_more_whatever_failed_before(tmp_path: Path, refusals: int) -> None:
    """A gateway in trouble says nothing about what the chat wants."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api = bench.api
            refusal = "Forbidden: bot was blocked by the user"
            api.faults += [
                Fault("sendMessage", "html", 1, 502),
                Fault("sendMessage", "status", refusals, 403, refusal),
            ]
            person(api).says("/kontakt zastex")
            await api.until(lambda: len(api.called("sendMessage")) == 3)
            await api.until(lambda: bench.channel.waiting == 0 and not api.world.updates)
            assert told(bench) == (["zastex"] if refusals == 1 else [])
            assert len(api.called("sendMessage")) == 3

    run(scenario())


def test_what_is_put_aside_is_left_to_the_next_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A channel that is started again in the same program answers it, and the old one does not, too."""
    monkeypatch.setattr(courier, "MOST_TRIES", 1)
    monkeypatch.setattr(delivery, "MOST_ROUNDS", 1)
    monkeypatch.setattr(delivery, "ASIDE", 1.0)

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api = bench.api
            api.faults.append(Fault("sendMessage", "html", 1, 502))
            person(api).says("/kontakt zastex")
            await api.until(lambda: bench.channel.waiting == 1 and bench.channel.open == 0)
            bench.stop.set()
            await bench.task
            stop = asyncio.Event()
            again = asyncio.create_task(bench.channel.run(stop))
            await api.until(lambda: told(bench))
            person(api).says("/kontakt zmi")
            await api.until(lambda: len(told(bench)) == 2)
            await asyncio.wait([again], timeout=delivery.ASIDE + 0.2)
            assert told(bench) == ["zastex", "zmi"]
            assert "broke" not in caplog.text, "the old one has not even tried"
            stop.set()
            await again

    run(scenario())


def test_marks_after_the_end_fail(tmp_path: Path) -> None:
    """Another file may have got the number of the closed one."""
    marks = Marks(tmp_path, 0)
    marks.close()
    with open(tmp_path / "other", "wb") as other:
        with pytest.raises(OSError, match="Bad file descriptor"):
            marks.add(1, Trace(0, 0, 0))
        assert other.tell() == 0


def test_a_full_disk_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be noted is not sent; when there is room again, it is, and in order."""
    room = False
    add = Marks.add

    def full(marks: Marks, update: int, trace: Trace) -> None:
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        add(marks, update, trace)

    monkeypatch.setattr(Marks, "add", full)

    async def scenario() -> None:
        nonlocal room
        async with serving(tmp_path) as bench:
            ask(bench)
            await bench.api.until(lambda: "an answer broke: OSError" in caplog.text)
            assert bench.api.called("sendMessage") == []
            room = True
            await bench.api.until(lambda: len(told(bench)) == 3, 30)
            assert told(bench) == list(OFFERS)

    with caplog.at_level(logging.WARNING):
        run(scenario())


def test_nonsense_instead_of_updates_is_not_asked_for_all_the_time(tmp_path: Path) -> None:
    """A server that answers at once with something else is asked with growing pauses."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api = bench.api
            await api.until(lambda: bench.channel.healthy)
            api.faults.append(Fault("getUpdates", "nonsense", 3))
            person(api).says("/kontakt zastex")
            await api.until(lambda: told(bench) == ["zastex"], 20)
            await api.until(lambda: bench.channel.counts["retries"] == 3)

    run(scenario())
