"""What a content consists of: its files, their kinds, and the words with a fixed meaning."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

ASPECTS = ("overview", "services", "contact")
NONE, ALARM, FOLLOW_UP = "none", "notruf", "follow_up"
NOT_TOPICS = {NONE, ALARM, FOLLOW_UP}
"""What utterances may be about besides the topics: foreign, danger, a follow-up.

As a choice, "none" takes nothing of what is offered; replies to an emergency are about "notruf".
"""
SPOKEN = {NONE: "Fremdes", ALARM: "Gefahr", FOLLOW_UP: "Nachfrage"}
"""How these are called to an editor."""
OFFERS = "offers"
"""Among the options of an answer: every offer there is; as a choice, the menu of them."""
RESERVED = NOT_TOPICS | {OFFERS}
"""Ids that mean something else: no topic may have them."""
DANGER, INJURY, DESPAIR = "danger", "fire_injury", "despair"
ALARMS = (DANGER, INJURY, DESPAIR)
"""Kinds of emergency that are learned from examples."""
WORRY = "worry"
"""Despair of somebody else: learned as despair, and told from one's own by which section of them is closer. A content may lack it."""
HARM = "harm"
"""The kind that only fixed signals find: somebody announces to do harm to others. A content may lack it."""
EMERGENCY_NUMBERS = {"danger": "110", "fire_injury": "112", "despair": "112", WORRY: "112", HARM: "110"}
"""What must be said to each kind of alarm, in the text and on a card."""
NEEDED = {
    "bot": ("capabilities", "forget", "general_help", "no_police", "offers", "person", "privacy"),
    "broschuere": (),
    "smalltalk": ("abuse", "reaction", "thanks"),
}
"""Topics without which the program cannot answer, with the details that it calls by name."""
ABOUT_BOT, SMALL_TALK = "bot", "smalltalk"
"""Those of them in which the bot speaks of itself, and of nothing much."""
SINGLE_FILES = {
    "off_topic.yaml": "utterances",
    "sources.yaml": "sources",
    "vocabulary.yaml": "vocabulary",
    "concepts.yaml": "concepts",
    "wording.yaml": "wording",
    "safety.yaml": "safety",
}
OFF = "off.yaml"
OPTIONAL_FILES = {OFF: "off"}
OFFER_FOLDER, GENERAL_FOLDER = "offers", "general"
FOLDERS = {OFFER_FOLDER: "topic", GENERAL_FOLDER: "topic", "utterances": "utterances"}
SHORTEST_PART = 3
"""Letters that a word with ``*`` needs: "ab*" would find half of the language."""


_ID = re.compile(r"[a-z][a-z0-9_]{0,30}")
"""How topics, and so their files, may be called; as in ``schema.json``."""
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def learned_as(kind: str) -> str:
    """Return the kind of emergency whose lines teach that of ``kind``, or of no emergency ("")."""
    return DESPAIR if kind == WORRY else kind


def kind_of(file: str) -> str | None:
    """Return which part of the schema describes ``file`` (relative, with slashes)."""
    path = PurePosixPath(file)
    if len(path.parts) == 2 and path.suffix == ".yaml" and _ID.fullmatch(path.stem):
        return FOLDERS.get(path.parts[0])
    return SINGLE_FILES.get(file) or OPTIONAL_FILES.get(file)


def utterances_of(topic: str) -> str:
    """Return the file in which the utterances about ``topic`` stand."""
    return "off_topic.yaml" if topic == NONE else f"utterances/{topic}.yaml"


def proper_name(file: str) -> str | None:
    """Return how ``file`` should be called, ``None`` if that cannot be told: "offers/zmi.yaml" for "offers/ZMI.yml"."""
    path = PurePosixPath(file.lower())
    stem = path.name.partition(".y")[0].translate(_SPELT_OUT)  # of "zmi.yml", "zmi.yaml.txt"
    name = str(path.with_name(f"{re.sub(r'[^a-z0-9]+', '_', stem).strip('_')}.yaml"))
    return name if kind_of(name) else None
