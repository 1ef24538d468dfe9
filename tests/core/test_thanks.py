"""Who thanks for an answer and asks for nothing does not get it again; who asks on is answered."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot


@pytest.mark.parametrize(
    "text",
    [
        "danke, da ruf ich jetzt an",
        "danke für die nummer",
        "danke für den link",
        "danke für die nummer und die adresse",
        "vielen dank für die nummer der zastex",
        "danke, dann melde ich mich bei denen",
        "super, dann ruf ich da mal an",
        "ok ich schreib denen mal",
    ],
)
def test_thanks_are_no_question(bot: Bot, text: str) -> None:
    bot.respond("c", "nummer zastex")
    assert bot.respond("c", text).topics == ("smalltalk",)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("danke für die nummer, und die mail?", "zastex"),
        ("danke für die nummer, die mail bräuchte ich auch", "zastex"),
        ("danke, die mail noch", "zastex"),
        ("danke und die adresse", "zastex"),
        ("ruf ich da einfach an", "zastex"),
        ("danke, da ruf ich an. und was macht die zmi", "zmi"),
        ("danke, aber da geht keiner ran", "zastex"),
    ],
)
def test_what_is_asked_beside_thanks_is_answered(bot: Bot, text: str, topic: str) -> None:
    bot.respond("c", "nummer zastex")
    assert bot.respond("c", text).topics == (topic,)


def test_thanks_for_nothing_are_none(bot: Bot) -> None:
    bot.respond("c", "nummer zastex")
    assert bot.respond("c", "danke für nichts").topics != ("smalltalk",)


def test_danger_beside_thanks_is_heard(bot: Bot) -> None:
    bot.respond("c", "nummer zastex")
    assert bot.respond("c", "danke, da ruf ich an, er tritt gerade die Tür ein").topics == ("notruf",)


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("danke, und noch was: gibt es den leitfaden gedruckt?", "sicherheitsleitfaden"),
        (
            "ok danke dir, dann noch eine andere sache, ein reichsbürger verschickt uns seltsame schreiben",
            "expertennetzwerk",
        ),
        ("danke das wars erst mal, oder doch, gibts da auch ne mail", "zastex"),
        ("vielen dank! übrigens, auf facebook hetzt einer gegen unsere stadträtin", "zmi"),
        ("danke und für onlinesachen?", "zmi"),
        ("super danke, eine frage noch, wer zahlt das", "zastex"),
    ],
)
def test_what_follows_thanks_is_answered(bot: Bot, said: str, topic: str) -> None:
    bot.respond("c", "telefon zastex")
    assert topic in bot.respond("c", said).topics


@pytest.mark.parametrize("said", ["danke das hilft", "vielen dank, das hilft mir weiter"])
def test_thanks_for_help_ask_for_nothing(bot: Bot, said: str) -> None:
    bot.respond("c", "telefon zastex")
    assert bot.respond("c", said).topics == ("smalltalk",)
