"""What is counted as a turn: what somebody said or chose, and nothing that only looks something up."""

from __future__ import annotations

from adapters.base import Desk, TurnRecord
from adapters.telegram.keyboards import card_data
from adapters.telegram.responder import Responder
from adapters.telegram.updates import Identity, Place, Press, Question
from bot.dialogue import Bot

ME = Identity(1, "lotse_bot", True)


def test_a_card_that_is_saved_is_no_turn(bot: Bot) -> None:
    turns: list[TurnRecord] = []
    responder = Responder(Desk(bot, "telegram", turns.append), ME, 60.0, lambda: 1000.0)
    place = Place(7)
    asked = responder.question(Question(place, 10, "7", "Telefon ZASTEX", 1000.0))
    assert asked is not None
    assert len(turns) == 1
    (card,) = bot.cards("zastex")
    data = card_data("zastex", card)
    assert data is not None
    saved = responder.press(Press("q", place, 11, "7", data))
    assert saved is not None
    (step,) = saved.steps
    assert (step.method, step.values["first_name"]) == ("sendContact", "ZASTEX")
    assert len(turns) == 1
