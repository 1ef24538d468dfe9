"""What the bot says: frozen values without markup, the same for every channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType


class Outcome(StrEnum):
    """How a turn ended."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    FALLBACK = "fallback"
    EMERGENCY = "emergency"
    ERROR = "error"


class Aspect(StrEnum):
    """Which side of a topic is meant."""

    OVERVIEW = "overview"
    SERVICES = "services"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Link:
    """A web address with the words to show for it."""

    label: str
    url: str


PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "phone": ("phones",),
        "email": ("email",),
        "link": ("links",),
        "fax": ("fax",),
        "address": ("street", "postcode", "city"),
    }
)
"""Ways to reach somebody and the fields of ``Contact`` that hold them; what people try first comes first."""


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact card. Empty fields are what the source does not give.

    Numbers are written as in the source (``+49 351 855-0``); ``confirmed`` is
    the ISO date on which the details were last known to be right.
    """

    organisation: str
    unit: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    phones: tuple[str, ...] = ()
    fax: str = ""
    email: str = ""
    links: tuple[Link, ...] = ()
    confirmed: str = ""

    def without(self, part: str) -> Contact:
        """Return the card without one of its ``PARTS``."""
        return replace(self, **{name: type(getattr(self, name))() for name in PARTS[part]})


MOST_OPTIONS = 3
"""Topics that a question back offers at the most: longer lists show all that there is."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose next.

    ``choice`` says what choosing it means: ``zastex.contact`` (an intent),
    ``zastex`` (a topic), ``none`` ("nichts davon") or ``offers`` (the menu).
    It is ASCII, at most 40 bytes, and carries all that is needed to answer it
    later, so that a button still works after a restart. ``hint`` says in half a
    sentence what is behind the label; a button has no room for it.
    """

    label: str
    choice: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where the facts of a reply come from. ``date`` is an ISO date."""

    title: str
    publisher: str
    date: str


class Course(StrEnum):
    """What to do with an utterance."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Decision:
    """The course taken, its topics in order, and the expected cost of each course (see ``decision.Costs``)."""

    course: Course
    topics: tuple[str, ...]
    confidence: float
    expected: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the bot.

    ``paragraphs`` are plain text, said in order before the ``contacts``.
    ``topics`` are the ids answered, or offered when the outcome is a clarify;
    empty for a fallback, ``("notruf",)`` for an emergency. ``confidence`` is
    the estimated probability, 0 to 1, that the topic is the one that was meant.
    ``rule`` says what decided where no costs were weighed (see ``explanation.RULES``), ``decision`` is the one that
    was taken where they were, also if a rule had the last word;
    ``details`` are the finer points that were answered, as "zastex.phone".
    """

    outcome: Outcome
    paragraphs: tuple[str, ...]
    contacts: tuple[Contact, ...] = ()
    options: tuple[Option, ...] = ()
    source: Source | None = None
    topics: tuple[str, ...] = ()
    aspect: Aspect | None = None
    confidence: float = 1.0
    rule: str = field(default="", compare=False)
    decision: Decision | None = field(default=None, compare=False)
    details: tuple[str, ...] = field(default=(), compare=False)
