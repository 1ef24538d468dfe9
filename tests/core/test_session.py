"""Sessions are bounded, forgotten after half an hour, and hold no words."""

from __future__ import annotations

from dataclasses import fields

import pytest

from bot.dialogue import Bot
from bot.reply import Aspect, Option, Outcome
from bot.session import SECONDS, Intent, MemorySessions, Session
from tests.learned import content, fresh_bot


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_session_is_forgotten_after_half_an_hour() -> None:
    clock = Clock()
    sessions = MemorySessions(clock=clock)
    sessions.put("a", Session(misses=1))
    clock.now = SECONDS
    assert sessions.get("a") == Session(misses=1)
    clock.now = SECONDS + 1
    assert sessions.get("a") is None
    assert len(sessions) == 0


def test_number_of_sessions_is_bounded() -> None:
    sessions = MemorySessions(most=3)
    for number in range(10):
        sessions.put(str(number), Session())
    assert len(sessions) == 3
    assert sessions.get("6") is None
    assert sessions.get("9") is not None


def test_old_sessions_are_swept_when_others_are_put() -> None:
    clock = Clock()
    sessions = MemorySessions(clock=clock)
    sessions.put("old", Session())
    clock.now = SECONDS + 1
    sessions.put("new", Session())
    assert len(sessions) == 1


def test_old_sessions_are_swept_although_nobody_writes() -> None:
    clock = Clock()
    sessions = MemorySessions(clock=clock)
    sessions.put("old", Session())
    clock.now = 1.0
    sessions.put("new", Session(misses=1))
    sessions.sweep()
    assert len(sessions) == 2
    clock.now = SECONDS + 1
    sessions.sweep()
    assert len(sessions) == 1
    assert sessions.get("new") == Session(misses=1)


def test_forgetting_is_complete() -> None:
    sessions = MemorySessions()
    bot = fresh_bot(sessions)
    bot.respond("a", "zastex")
    bot.forget("a")
    assert len(sessions) == 0


def test_command_forgets() -> None:
    sessions = MemorySessions()
    bot = fresh_bot(sessions)
    bot.respond("a", "zastex")
    bot.respond("a", "/vergessen")
    kept = sessions.get("a")
    assert kept is None or kept.focus is None


@pytest.mark.parametrize("how", ["button", "label"])
def test_the_option_forgets(how: str) -> None:
    sessions = MemorySessions()
    bot = fresh_bot(sessions)
    bot.respond("a", "zastex")
    shown = bot.respond("a", "/datenschutz")
    option = next(option for option in shown.options if option.choice == "bot.forget")
    assert bot.choose("a", option.choice).paragraphs if how == "button" else bot.respond("a", option.label)
    assert sessions.get("a") == Session()


def test_session_holds_no_words() -> None:
    sessions = MemorySessions()
    fresh_bot(sessions).respond("a", "Meine Nachbarin Kunigunde Quasebart droht mir im Netz")
    assert "uasebart" not in repr(sessions.get("a"))
    assert {field.name for field in fields(Session)} == {
        "focus",
        "earlier",
        "options",
        "misses",
        "pair",
        "alarm",
        "lately",
        "listed",
        "over",
    }


def test_a_new_content_without_a_topic_is_no_fault() -> None:
    gone, kept = Intent("vanished", Aspect.CONTACT), Intent("zastex", Aspect.CONTACT)
    sessions = MemorySessions()
    bot = fresh_bot(sessions)
    for said in ("das andere", "zurück", "nummer"):
        sessions.put("a", Session(gone, (kept,), pair=(gone, kept)))
        assert bot.respond("a", said).outcome is not Outcome.ERROR
    assert Session(gone, (kept, gone)).within({"zastex"}) == Session(None, (kept,))


@pytest.mark.parametrize("said", ["was kostet das erste", "welche von beiden", "beide", "2", "und die mail?"])
def test_an_option_of_a_vanished_topic_is_no_fault(said: str) -> None:
    sessions = MemorySessions()
    sessions.put("a", Session(options=(Option("Alt", "vanished"), Option("Neu", "zastex"))))
    assert fresh_bot(sessions).respond("a", said).outcome is not Outcome.ERROR


def test_the_last_of_nothing_is_no_fault(bot: Bot) -> None:
    for said in ("das letzte", "das erste", "das fünfte", "letzteres", "die andere"):
        bot.forget("a")
        assert bot.respond("a", said).outcome is not Outcome.ERROR


def test_a_name_that_begins_several_labels_chooses_none_of_them(bot: Bot) -> None:
    bot.respond("a", "nummer zastex und link zmi")
    assert {o.label.partition(":")[0] for o in bot.respond("a", "ZASTEX").options} != {"ZASTEX", "ZMI"}
    bot.respond("b", "Was macht die ZASTEX?")
    alone = bot.respond("b", "Kontakt")
    assert (alone.topics, alone.aspect) == (("zastex",), Aspect.CONTACT)


def test_bots_of_tests_share_no_memory() -> None:
    """They are copies of one: whatever one was told, the next answers as one that was made anew."""
    said = (
        "nummer zastex",
        "und die mail?",
        "beide",
        "Hilfe, er tritt die Tür ein",
        "und jetzt?",
        "1",
        "zurück",
    )
    for text in said:
        fresh_bot().respond("c", text)
    first, anew = fresh_bot(), Bot(*content())
    assert [first.respond("c", text) for text in said] == [anew.respond("c", text) for text in said]
    assert fresh_bot().respond("c", "und die mail?") == Bot(*content()).respond("c", "und die mail?")
