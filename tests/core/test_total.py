"""``Bot.respond`` is total: ten thousand random and hostile strings give a reply."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reading.lexicon import Lexicon
from bot.reply import Outcome, Reply
from bot.text import Utterance
from tests.learned import fresh_bot

HOSTILE = [
    "",
    " ",
    "\x00",
    "\x00" * 1000,
    "\ud800",
    "a\udfffb",
    "\u202e\u202d txet desrever",
    "\u200b" * 5000,
    "🙂" * 3000,
    "a\u0301" * 5000,
    "ﷺ" * 4000,
    "x" * 1_000_000,
    "wort " * 200_000,
    "?" * 100_000,
    "(" * 50_000 + ")" * 50_000,
    "0351" * 10_000,
    "a@b.de " * 5_000,
    "www." * 10_000,
    "/" * 10_000,
    "/kontakt " + "x" * 100_000,
    "!" + "\n" * 10_000 + "hilfe",
    "\x1b[31mrot\x1b[0m",
    "{welcome} %s %d {0} {{",
    "<b>&lt;script&gt;",
    "nicht " * 2_000 + "zastex",
    "z a s t e x " * 1_000,
    "und " * 3_000,
    "1" * 5_000,
    "①",
    "２",
    "\r\n\r\n",
    "İıŞşĞğ",
    "Ａ" * 4_001,
]


@pytest.fixture(scope="module")
def shared(content: tuple[Knowledge, Model]) -> Bot:
    return fresh_bot()


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_string_gets_a_reply(shared: Bot, number: int) -> None:
    reply = shared.respond(f"hostile {number}", HOSTILE[number])
    assert isinstance(reply, Reply)
    assert reply.outcome is not Outcome.ERROR
    assert reply.paragraphs


@given(text=st.text(alphabet=st.characters(), max_size=400), conversation=st.text(max_size=5))
@settings(max_examples=10_000, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
def test_random_string_gets_a_reply(shared: Bot, text: str, conversation: str) -> None:
    reply = shared.respond(conversation, text)
    assert reply.outcome is not Outcome.ERROR
    assert reply.paragraphs


@given(choice=st.text(max_size=60))
@settings(max_examples=500, deadline=None, database=None)
def test_random_choice_gets_a_reply(shared: Bot, choice: str) -> None:
    assert shared.choose("c", choice).outcome is not Outcome.ERROR


def seconds_for(bot: Bot, said: str) -> float:
    """Return the least processor time of three answers: the garbage of other tests is collected in any of them."""
    taken = []
    for number in range(3):
        begun = time.process_time()
        bot.respond(f"{len(said)}.{number}", said)
        taken.append(time.process_time() - begun)
    return min(taken)


def test_time_is_bounded_for_any_length(shared: Bot) -> None:
    """A megabyte may not cost more than some multiples of four kilobytes."""
    short = seconds_for(shared, "wort " * 800)
    assert seconds_for(shared, "wort " * 200_000) < 20 * short + 0.5


@pytest.mark.parametrize("said", ["a, ", "zastex ", "z a s t e x ", "zastex hab ich "])
def test_time_is_bounded_for_what_begins_like_a_name(shared: Bot, said: str) -> None:
    assert seconds_for(shared, said * 2_000) < 2


@pytest.mark.parametrize("sentence", ["es brennt nicht. ", "ich bring ihn um. "])
def test_time_grows_no_faster_than_the_number_of_sentences(shared: Bot, sentence: str) -> None:
    """What is to be known of the whole message is looked for once, not for each sentence with a sign of danger."""

    def seconds(length: int) -> float:
        said = Utterance.of((sentence * length)[:length])
        begun = time.process_time()
        shared._safety.signal(said)
        return time.process_time() - begun

    seconds(4_000)
    short, long = (min(seconds(length) for _ in range(5)) for length in (1_000, 4_000))
    assert long < 9 * short + 0.001


def test_time_is_bounded_for_blanks_between_words(shared: Bot) -> None:
    said = "zwei Sachen: wo melde ich hass" + " " * 3_900 + "wir brauchen training"
    assert seconds_for(shared, said) < 0.5


def test_broken_matcher_still_finds_danger(content: tuple[Knowledge, Model]) -> None:
    class Broken:
        lexicon = Lexicon(content[0], ())

        def __getattr__(self, name: str) -> object:
            raise RuntimeError("geheimes Wort")

    bot = Bot(content[0], Broken())  # type: ignore[arg-type]
    assert bot.respond("a", "Hilfe, er tritt die Tür ein").outcome is Outcome.EMERGENCY
    reply = bot.respond("a", "Wie erreiche ich die ZASTEX?")
    assert reply.outcome is Outcome.ERROR
    assert len(reply.contacts) == len(content[0].offers)
