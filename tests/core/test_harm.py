"""Who announces to do harm to others is neither helped with it nor shamed; what only sounds so is let alone."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.reply import Outcome


@pytest.mark.parametrize(
    "text",
    [
        "ich bring den bürgermeister um",
        "Ich bringe meine Frau um!",
        "ich bring den um wenn der nochmal kommt",
        "ich mach die fertig",
        "den landrat mach ich fertig",
        "ich hab ne waffe und komm ins rathaus",
        "Ich zünde das Rathaus an.",
        "dem hau ich eine rein",
        "ich will den umbringen",
        "ich hab angst dass ich meinen kindern was antue",
        'ich bring den "bürgermeister" um',
        "ich mach den „landrat“ fertig!",
        'der "chef" hat genug, ich bring den um',
        "wie geht‘s dem, ich bring den um",
    ],
)
def test_announced_harm_gets_the_number_and_nobody_to_choose(bot: Bot, text: str) -> None:
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.EMERGENCY
    assert "110" in " ".join(reply.paragraphs)
    assert not reply.options
    assert {"110", "116 123"} <= {phone for card in reply.contacts for phone in card.phones}


@pytest.mark.parametrize(
    "text",
    [
        "der bürgermeister bringt mich noch um den verstand",
        "ich bring ihn um den verstand",
        "ich bring das auto um acht in die werkstatt",
        "ich mach die unterlagen fertig",
        "ich mach die fertig und schick sie dann rum",
        "ich mach mich jetzt fertig",
        "ich leg den termin um",
        "ich stech die mücke ab",
        "ich könnt den umbringen so regt der mich auf",
        "er schrieb ich bring den bürgermeister um",
        "in der mail steht ich mach den bürgermeister fertig",
        'auf facebook: "ich mach den bürgermeister fertig"',
        'unter dem beitrag: "ich mach den bürgermeister fertig',
        "ein kommentar: „der ist weg, ich mach den fertig“ und so",
        "»ich mach den landrat fertig« haben wir als kommentar",
    ],
)
def test_what_sounds_like_it_is_no_harm(bot: Bot, text: str) -> None:
    assert "niemandem etwas an" not in " ".join(bot.respond("c", text).paragraphs)


def test_who_would_harm_oneself_despairs(bot: Bot) -> None:
    said = " ".join(bot.respond("c", "ich bring mich um").paragraphs)
    assert "niemandem etwas an" not in said
    assert "TelefonSeelsorge" in said


@pytest.mark.parametrize("text", ["war nur spaß", "das hat mir einer geschrieben", "nicht so gemeint"])
def test_who_takes_it_back_is_heard(bot: Bot, text: str) -> None:
    bot.respond("c", "ich bring den bürgermeister um")
    assert bot.respond("c", text).outcome is Outcome.ANSWER
    assert bot.respond("c", "nummer zastex").topics == ("zastex",)


@pytest.mark.parametrize("text", ["der hat es verdient", "wo wohnt der", "na und"])
def test_who_insists_is_not_helped(bot: Bot, text: str) -> None:
    bot.respond("c", "ich bring den bürgermeister um")
    reply = bot.respond("c", text)
    assert "110" in " ".join(reply.paragraphs)
    assert not reply.options
