"""What breaks inside a turn costs no reply that exists, and is logged without a word of what was written."""

from __future__ import annotations

import logging

import pytest

from bot.dialogue import Bot
from bot.reply import Outcome
from bot.session import MemorySessions, Session
from bot.text import Utterance
from bot.turn.emergency import Emergency
from tests.learned import fresh_bot

SIGNAL = "Hilfe, er tritt die Tür ein, sagt Quasebart"
FOUND = "Im Hof steht Quasebart mit einer Axt und brüllt meinen Namen"
"""Danger that no fixed signal finds."""


class Broken(MemorySessions):
    """Sessions of which some methods raise, with what somebody wrote in the message."""

    def __init__(self, *broken: str) -> None:
        super().__init__()
        self.broken = broken

    def get(self, conversation: str) -> Session | None:
        self._work("get")
        return super().get(conversation)

    def put(self, conversation: str, session: Session) -> None:
        self._work("put")
        super().put(conversation, session)

    def _work(self, name: str) -> None:
        if name in self.broken:
            raise OSError("Quasebart")


def faults(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged, without the places, which no text may show."""
    assert "uasebart" not in caplog.text
    assert not any(record.exc_info for record in caplog.records)
    return [record.getMessage().partition(" in ")[0] for record in caplog.records]


@pytest.mark.parametrize(
    ("broken", "logged"),
    [
        (["put"], ["conversation not remembered: OSError"]),
        (["get"], ["conversation not recalled: OSError"]),
        (["get", "put"], ["conversation not recalled: OSError", "conversation not remembered: OSError"]),
    ],
)
@pytest.mark.parametrize("text", [SIGNAL, FOUND, "Telefon ZASTEX", "/kontakt zmi"])
def test_what_cannot_be_remembered_is_answered(
    caplog: pytest.LogCaptureFixture, text: str, broken: list[str], logged: list[str]
) -> None:
    bot = fresh_bot(Broken(*broken))
    assert (bot._safety.signal(Utterance.of(text)) is not None) == (text == SIGNAL)
    with caplog.at_level(logging.ERROR, "lotse"):
        reply = bot.respond("c", text)
    assert reply == fresh_bot().respond("c", text)
    assert (reply.outcome is Outcome.EMERGENCY) == (text in (SIGNAL, FOUND))
    assert faults(caplog) == logged


def test_a_pressed_option_that_cannot_be_remembered_is_answered(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "lotse"):
        reply = fresh_bot(Broken("put")).choose("c", "zastex.contact")
    assert (reply.outcome, reply.topics) == (Outcome.ANSWER, ("zastex",))
    assert faults(caplog) == ["conversation not remembered: OSError"]


@pytest.mark.parametrize("how", ["command", "button"])
def test_what_could_not_be_forgotten_is_not_said_to_be(how: str) -> None:
    sessions = Broken()
    bot = fresh_bot(sessions)
    bot.respond("c", "Telefon ZASTEX")
    sessions.broken = ("put",)
    reply = bot.respond("c", "/vergessen") if how == "command" else bot.choose("c", "bot.forget")
    assert reply.outcome is Outcome.ERROR
    sessions.broken = ()
    reply = bot.respond("c", "/vergessen") if how == "command" else bot.choose("c", "bot.forget")
    assert reply.outcome is Outcome.ANSWER


def test_a_broken_turn_in_danger_ends_in_the_numbers_and_is_logged(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(*_: object) -> None:
        raise ValueError("Quasebart")

    monkeypatch.setattr(Emergency, "signalled", breaks)
    with caplog.at_level(logging.ERROR, "lotse"):
        reply = bot.respond("c", SIGNAL)
    assert reply.outcome is Outcome.EMERGENCY
    assert faults(caplog) == ["turn failed: ValueError"]
