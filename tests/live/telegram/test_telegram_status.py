"""What an operator sees of the channel: last contact, what waits, what was repeated or given up."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from adapters.runner import Runner
from adapters.telegram import courier, delivery
from tests.live.telegram.bot_api import BotApi, Fault, answers_in, person
from tests.live.telegram.harness import Bench, free_port, run, serving


def age(bench: Bench) -> float:
    """Return the seconds since the last contact."""
    assert bench.channel.last_contact is not None
    return time.monotonic() - bench.channel.last_contact


def test_before_the_first_contact(tmp_path: Path) -> None:
    """Nothing is claimed while the server does not answer."""

    async def scenario() -> None:
        def before(api: BotApi) -> None:
            api.faults.append(Fault("getMe", "html", 2, 502))

        async with serving(tmp_path, before=before) as bench:
            await bench.api.until(lambda: bench.api.called("getMe"))
            assert bench.channel.last_contact is None
            assert bench.channel.waiting == 0
            assert not bench.channel.healthy
            await bench.api.until(lambda: bench.channel.healthy, 20)
            assert age(bench) < 20
            assert bench.channel.counts["retries"] == 2

    run(scenario())


def test_polling(tmp_path: Path) -> None:
    """Each successful poll is a contact, a refused one is a retry and none."""

    async def scenario() -> None:
        async with serving(tmp_path, poll_timeout=1) as bench:
            api = bench.api
            await api.until(lambda: bench.channel.healthy)
            first = bench.channel.last_contact
            await api.until(lambda: bench.channel.last_contact != first, what="the next poll")
            api.faults.append(Fault("getUpdates", "html", 9999, 502))
            await api.until(lambda: bench.channel.counts["retries"] >= 2, 20)
            last = bench.channel.last_contact
            await api.until(lambda: bench.channel.counts["retries"] >= 3, 20)
            assert bench.channel.last_contact == last

    run(scenario())


def test_webhook(tmp_path: Path) -> None:
    """With a webhook a delivery is a contact."""

    async def scenario() -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}/hook"
        async with serving(tmp_path, webhook_url=url, webhook_listen=("127.0.0.1", port)) as bench:
            await bench.api.until(lambda: bench.channel.healthy)
            first = bench.channel.last_contact
            assert first is not None
            person(bench.api).says("/hilfe")
            await bench.api.until(lambda: answers_in(bench.api, person(bench.api).private()))
            assert bench.channel.last_contact > first

    run(scenario())


def test_what_waits_and_what_was_given_up(tmp_path: Path) -> None:
    """Questions behind a stuck one wait; what nobody can read or send is a dead letter."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna, bert = bench.api, person(bench.api), person(bench.api, 502, "Bert")
            stuck = Fault("sendMessage", "hang", chat=anna.id)
            api.faults.append(stuck)
            for _ in range(3):
                anna.says("/hilfe")
            await api.until(lambda: stuck.shown and bench.channel.waiting == 3)
            stuck.release.set()
            await api.until(lambda: bench.channel.waiting == 0, what="all is answered")
            assert bench.channel.counts["retries"] >= 1
            assert bench.channel.counts["dead_letters"] == 0
            api.world.add_raw({"message": 5})
            await api.until(lambda: bench.channel.counts["dead_letters"] == 1)
            api.faults.append(
                Fault("sendMessage", "status", 9, 400, "Bad Request: never heard of", chat=bert.id)
            )
            bert.says("/hilfe")
            await api.until(lambda: bench.channel.counts["dead_letters"] == 2)

    run(scenario())


def test_what_is_put_aside_still_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that failed too often is counted as waiting until it is out."""
    monkeypatch.setattr(courier, "MOST_TRIES", 1)
    monkeypatch.setattr(delivery, "MOST_ROUNDS", 1)
    monkeypatch.setattr(delivery, "ASIDE", 1.0)

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna = bench.api, person(bench.api)
            api.faults.append(Fault("sendMessage", "html", 1, 502))
            anna.says("/hilfe")
            await api.until(lambda: bench.channel.open == 0 and bench.channel.waiting == 1)
            await api.until(lambda: answers_in(api, anna.private()))
            await api.until(lambda: bench.channel.waiting == 0)

    run(scenario())


def test_the_runner_reports_it(tmp_path: Path) -> None:
    """What /readyz and /metrics show comes from the channel."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            await bench.api.until(lambda: bench.channel.healthy)
            bench.channel.counts["retries"] = 4
            runner = Runner({"telegram": lambda: bench.channel})
            (line,) = runner._lines.values()
            line.channel = bench.channel
            (status,) = runner.status()
            assert (status.state, status.counts["retries"]) == ("serving", 4)
            assert status.age is not None

    run(scenario())
