"""Conversations that several processes share, in a real Redis: hidden, forgotten in time, not missed when away."""

from __future__ import annotations

import json
import logging
import time
from dataclasses import fields, replace

import pytest

from adapters import doctor, sessions, settings
from adapters.redis import AwayError, Link
from adapters.sealing import Seal
from bot.errors import ConfigError
from bot.reply import Aspect, Option
from bot.session import SECONDS, Intent, Session
from tests.content import ZASTEX_NUMBER
from tests.operations.conftest import Start, eventually
from tests.operations.redis_server import RedisServer, redis_server
from tests.operations.test_settings import TOKEN

__all__ = ["redis_server"]

WHO = "telegram:4711123:0:815"
FULL = Session(
    focus=Intent("zastex", Aspect.CONTACT, "phone"),
    earlier=(Intent("zmi"), Intent("asskomm", Aspect.OVERVIEW)),
    options=(Option("Kontakt für Bürgermeister", "zastex.contact", "wie man die Stelle erreicht"),),
    misses=2,
    pair=(Intent("zmi", Aspect.SERVICES),),
    alarm="threat",
    over="despair",
    lately="danger",
    listed=(Intent("zastex", Aspect.CONTACT), Intent("zmi", Aspect.CONTACT)),
)


def test_every_part_of_a_session_comes_back() -> None:
    """A new field of ``Session`` fails here until it is given a value above and comes back."""
    assert all(getattr(FULL, field.name) != field.default for field in fields(Session))
    assert sessions.read(sessions.written(FULL)) == FULL
    assert sessions.read(sessions.written(Session())) == Session()


@pytest.mark.parametrize(
    "plain", [b"", b"[]", b"{}", b"\xff", sessions.written(FULL).replace(b"focus", b"fo")]
)
def test_what_another_version_wrote_otherwise_is_no_session(plain: bytes) -> None:
    assert sessions.read(plain) is None


def test_versions_that_run_side_by_side_read_each_other() -> None:
    """An alarm outlives an upgrade: a later field is left out unread, and unwritten while it is empty."""
    later = json.loads(sessions.written(FULL)) | {"later": "x"}
    assert sessions.read(json.dumps(later).encode()) == FULL
    first_fields = {"focus", "earlier", "options", "misses", "pair", "alarm", "lately"}
    assert json.loads(sessions.written(replace(FULL, listed=(), over=""))).keys() == first_fields


def test_two_processes_share_what_nobody_else_can_read(redis_server: RedisServer) -> None:
    first, second = (sessions.connect(redis_server.url, TOKEN) for _ in range(2))
    first.put(WHO, FULL)
    assert second.get(WHO) == FULL
    assert second.get(WHO + "6") is None
    assert sessions.connect(redis_server.url, TOKEN + "x").get(WHO) is None, "another token"
    held = b"\n".join(part for pair in redis_server.everything().items() for part in pair)
    assert held
    for word in (b"zastex", b"Kontakt", b"telegram", b"4711123", b"815", b"threat", b"CONTACT", b"contact"):
        assert word not in held
    assert all(0 < left <= SECONDS == 1800 for left in redis_server.times_to_live().values())
    second.drop(WHO)
    assert first.get(WHO) is None
    assert redis_server.everything() == {}


def test_away_costs_the_memory_and_one_line(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    now = 0.0
    link = Link(redis_server.url, clock=lambda: now)
    shared = sessions.RedisSessions(link, Seal(bytes(32)))
    shared.put(WHO, FULL)
    shared.put("another", FULL)
    redis_server.freeze(True)
    begun = time.monotonic()
    for _ in range(200):
        assert shared.get(WHO) is None
        shared.put(WHO, Session())
        shared.drop("another")
    assert time.monotonic() - begun < 5, "only the first call waits for an answer"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert link.outages == 1
    redis_server.freeze(False)
    now = 100.0
    assert shared.get(WHO) is None, "what lies there is older than what was said meanwhile"
    assert shared.get("another") is None, "forgotten while away"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    shared.put(WHO, FULL)
    assert shared.get(WHO) == FULL


def test_a_server_that_keeps_nothing_more_counts_as_away(redis_server: RedisServer) -> None:
    link = Link(redis_server.url)
    link.run(lambda redis: redis.config_set("maxmemory", "1"))
    shared = sessions.RedisSessions(link, Seal(bytes(32)))
    shared.put(WHO, FULL)
    assert shared.get(WHO) is None
    with pytest.raises(AwayError):
        link.run(lambda redis: redis.ping())


@pytest.mark.chaos
def test_mistakes_of_the_address_are_named(redis_server: RedisServer) -> None:
    redis_server.kill()
    (away,) = doctor.redis(redis_server.url)
    assert not away.sound
    assert "does not answer" in away.text
    redis_server.start("--requirepass", "s3same")
    with pytest.raises(ConfigError, match="LOTSE_REDIS_URL: Redis refuses the user or the password"):
        sessions.connect(redis_server.url, TOKEN)
    with pytest.raises(ConfigError, match="LOTSE_REDIS_URL: expected redis://"):
        sessions.connect("localhost", TOKEN)
    with pytest.raises(ConfigError, match="LOTSE_REDIS_URL: works with LOTSE_TELEGRAM_TOKEN only"):
        sessions.connect(redis_server.url, "")
    (refused,) = doctor.redis(redis_server.url)
    assert (refused.sound, refused.text[:33]) == (False, "LOTSE_REDIS_URL: Redis refuses th")
    address = redis_server.url.replace("//", "//:s3same@")
    assert [found.sound for found in doctor.redis(address)] == [True]
    given = settings.read({"LOTSE_REDIS_URL": address})
    assert ("LOTSE_REDIS_URL", "********", "environment") in given.shown()
    assert given.secrets() == [address]


def test_a_conversation_survives_the_program_and_the_program_survives_redis(
    start: Start, redis_server: RedisServer
) -> None:
    environment = {"LOTSE_REDIS_URL": redis_server.url, "LOTSE_TELEGRAM_TOKEN": TOKEN}
    with start(**environment) as program:
        assert "ZASTEX" in program.ask("ZASTEX")
    with start(**environment) as program:
        assert ZASTEX_NUMBER in program.ask("und die Telefonnummer?"), "the topic was remembered"
        redis_server.kill()
        for number in range(5):
            assert ZASTEX_NUMBER in program.ask("Telefon ZASTEX", conversation=str(number))
        assert program.output.count("Redis is away; questions are answered without it") == 1
        assert str(redis_server.port) not in program.output
        redis_server.start()
        eventually(lambda: program.ask("ZASTEX") and "Redis is back" in program.output)
        assert ZASTEX_NUMBER in program.ask("und die Telefonnummer?")
