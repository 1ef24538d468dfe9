"""What the program asks of the words of an utterance, each by its key under ``signals`` in ``vocabulary.yaml``.

The words themselves are the editor's; which signals there are is said here and in ``schema.json``, which also tells
the few that a content may lack.
"""

from __future__ import annotations

from enum import StrEnum


class Signal(StrEnum):
    """What words may say beside topics, aspects and questions."""

    # --- of what is named -----------------------------------------------------------
    NEGATION = "negation"
    """What follows is ruled out: "nicht die ZASTEX"."""
    DONE = "done"
    """What is named is over: "angerufen", "bekannt"."""
    REFUSAL = "refusal"
    """Behind a name it rules it out: "ZASTEX nein"."""
    SETTLED = "settled"
    """As ``DONE``, in phrases: "den Leitfaden habe ich gelesen"."""
    POSSESSION = "possession"
    """The same if nothing else follows the name: "Leitfaden hab ich, Broschüre fehlt"."""
    LACKING = "lacking"
    """Denied it rules no name out: "wir kennen ASSKomm nicht"."""
    TURN = "turn"
    """What is wanted follows: "sondern"."""
    # --- of how the talk goes on ----------------------------------------------------
    CORRECTION = "correction"
    """It takes back what was said or mends it: "nein, ich meinte", "nee, asskomm mein ich"."""
    CONTINUATION = "continuation"
    """At the beginning it carries on: "und die Mail"."""
    BACK = "back"
    """It returns to what was spoken of before."""
    LIKEWISE = "likewise"
    """The same is asked for somebody else: "und die vom Präventionsrat"."""
    REPEAT = "repeat"
    """It is to be heard once more: "nochmal bitte"."""
    GREETING = "greeting"
    OPENER = "opener"
    """What is said before going on, or to react: "ach so", "alles klar"."""
    THANKS = "thanks"
    PLANS = "plans"
    """What the person does next: "da ruf ich an"."""
    # --- of what was shown or listed ------------------------------------------------
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    FOURTH = "fourth"
    FIFTH = "fifth"
    PENULTIMATE = "penultimate"
    LAST = "last"
    MIDDLE = "middle"
    OTHER = "other"
    """Of two that which is not spoken of."""
    BOTH = "both"
    WHICH = "which"
    """It is asked which of two fits: "welche von beiden"."""
    REJECTION = "rejection"
    """None of what was offered."""
    IDIOM = "idiom"
    """A phrase with one of these words that points to nothing: "fürs Erste"."""
    # --- of what is asked -----------------------------------------------------------
    QUESTION = "question"
    """A word that asks, if it does not tell: "bekomme"."""
    SEVERAL = "several"
    """Two things are announced: "zwei Sachen", "zweitens"."""
    COMPARISON = "comparison"
    """It is asked how offers differ."""
    CHECK = "check"
    """It is asked whether something is right: "stimmt die Nummer"."""
    EVERY = "every"
    """Beside a word for contacts those of all offers: "alle Nummern"."""
    REPORTING = "reporting"
    """It is asked where to report what happened, also amid danger: "wo kann ich das anzeigen"."""
    PLEA = "plea"
    """Help is needed, with nothing said on what for."""
    BESIDE_PLEA = "beside_plea"
    """What beside a plea says no more."""
    ADDRESSED = "addressed"
    """The bot itself is meant: "du", "der Chat"."""
    # --- of what is told ------------------------------------------------------------
    TOLD = "told"
    """It is told of mails and calls, not asked for an address: "seit Wochen bekomme ich Mails"."""
    ARRIVAL = "arrival"
    """It is said how something came: "und wenn es per Mail kommt"."""
    MANNER = "manner"
    """Before a mail or a call: it is the way something came: "per Mail beleidigt"."""
    MISUSE = "misuse"
    """Somebody wants to do harm or to stay hidden."""
    WORDPLAY = "wordplay"
    """Words are to be played with or spelt: "reim auf Leitfaden", "mal ein Logo für den Präventionsrat"."""
    # --- of what did not help -------------------------------------------------------
    UNREACHED = "unreached"
    """Nobody answered: "da geht keiner ran"."""
    UNHELPFUL = "unhelpful"
    """The answer does not help."""
    ELSEWHERE = "elsewhere"
    """It is asked what else there is."""
    OFFLINE = "offline"
    """One cannot go online."""
    NO_POLICE = "no_police"
    """The police is not wanted."""


FOR_NO_OFFER = (Signal.MISUSE, Signal.WORDPLAY)
"""What no offer is for, however many are named beside it."""
