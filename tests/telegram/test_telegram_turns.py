"""What is counted as a turn, and what one is answered with: the words of the content that is in force now."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from adapters.base import Desk, TurnRecord
from adapters.reload import CurrentCore
from adapters.telegram.keyboards import card_data
from adapters.telegram.responder import Responder
from adapters.telegram.updates import Identity, Lookup, Place, Press, Question
from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reply import Outcome
from bot.session import MemorySessions

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


def test_a_look_up_is_no_turn_and_no_conversation(content: tuple[Knowledge, Model]) -> None:
    """What one person types after the name of the bot must not be what another goes on from."""
    turns: list[TurnRecord] = []
    sessions = MemorySessions()
    desk = Desk(Bot(*content, sessions=sessions), "telegram", turns.append)
    responder = Responder(desk, ME, 60.0, lambda: 1000.0)
    before = responder.lookup(Lookup("q", "und die Nummer?"))
    for typed in ("", "zastex", "zastex zmi", "Er steht mit einem Messer vor mir"):
        responder.lookup(Lookup("q", typed))
    assert responder.lookup(Lookup("q", "und die Nummer?")) == before
    assert turns == []
    assert len(sessions) == 0


def test_danger_that_is_told_of_too_late_is_known_to_its_conversation(bot: Bot) -> None:
    turns: list[TurnRecord] = []
    responder = Responder(Desk(bot, "telegram", turns.append), ME, 60.0, lambda: 1000.0)
    old = responder.question(Question(Place(7), 10, "7", "Er steht mit einem Messer vor mir", 100.0))
    assert old is not None
    assert old.urgent
    assert [turn.outcome for turn in turns] == [Outcome.EMERGENCY]
    asked = responder.question(Question(Place(7), 11, "7", "was soll ich tun?", 1000.0))
    assert asked is not None
    assert asked.urgent
    assert responder.question(Question(Place(8), 10, "8", "Telefon ZASTEX", 100.0)) is not None
    assert len(turns) == 2, "what is refused for its age is no turn"


def test_words_around_contacts_and_on_buttons_are_those_of_new_content(
    content: tuple[Knowledge, Model],
) -> None:
    knowledge, model = content
    current = CurrentCore(Bot(*content), "old")
    responder = Responder(Desk(current, "telegram"), ME, 60.0, lambda: 1000.0)

    def said() -> str:
        parcel = responder.question(Question(Place(7), 10, "7", "Telefon ZASTEX", 1000.0))
        assert parcel is not None
        return str(parcel.steps)

    assert "Durchwahl" not in said()
    new = {**knowledge.wording, "card_phone": "Durchwahl {value}", "button_save": "Ins Adressbuch"}
    current.exchange(Bot(replace(knowledge, wording=MappingProxyType(new)), model), "new")
    assert "Durchwahl" in said()
    assert "Ins Adressbuch" in said()
