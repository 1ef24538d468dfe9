"""Who pays is answered, however it is asked: of the offer spoken of, with its name, of a part of it."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot

ASKED = (
    "wer zahlt, wir oder das land",
    "was kostet uns das",
    "kost das was",
    "kosd das wos",
    "wird das vom land bezahlt",
    "geht das auf unsere kasse",
    "müssen wir da was zuzahlen",
)


@pytest.mark.parametrize("said", ASKED)
def test_after_an_offer(bot: Bot, said: str) -> None:
    for offer in ("expertennetzwerk", "leitfaden"):
        bot.respond(offer, f"was macht {offer}")
        said_back = " ".join(bot.respond(offer, said).paragraphs)
        assert "Kosten" in said_back or "kostet" in said_back


@pytest.mark.parametrize(
    "said",
    [
        "wer zahlt asskomm, wir oder das land",
        "Muss die Gemeinde für die Sicherheitsanalyse bei ASSKomm was zahlen",
        "was kostet die sicherheitsanalyse von asskomm",
    ],
)
def test_of_a_part(bot: Bot, said: str) -> None:
    assert "kostet" in bot.respond("c", said).paragraphs[0]


def test_money_from_the_state_is_no_question_of_costs(bot: Bot) -> None:
    assert "Richtlinie" in bot.respond("c", "gibt's geld vom land für asskomm").paragraphs[0]
