"""What the bot knows: the content of ``knowledge/`` as frozen values (see ``loading`` for how it is read)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.reply import Aspect, Contact, Source
from bot.signals import Signal


class Line(NamedTuple):
    """One example utterance: its text, topic, section of the file and place."""

    text: str
    topic: str
    section: str
    file: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said on one aspect or detail of a topic.

    ``contacts`` are the ids of the cards shown with it, ``None`` for the usual
    ones; ``options`` are choices, ``None`` for the other aspects of the topic.
    """

    paragraphs: tuple[str, ...]
    aspect: Aspect | None = None
    label: str = ""
    ask: tuple[str, ...] = ()
    contacts: tuple[str, ...] | None = None
    options: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing the bot can speak about; an offer if it stands in ``offers/``.

    ``position`` is its place in lists, 1 to 99; those without one come last. ``fields`` are the word fields
    whose things are for it to deal with: a follow-up that speaks of them leads to it. One that speaks of things of
    ``shared_fields`` stays with it. ``bodies`` are authorities whose contact is its own; beside another one each of
    them is as good as a name.
    """

    id: str
    title: str
    long_title: str
    summary: str
    is_offer: bool
    source: Source | None
    names: tuple[str, ...]
    references: tuple[str, ...]
    contacts: Mapping[str, Contact]
    answers: Mapping[Aspect, Answer]
    details: Mapping[str, Answer]
    position: int = 99
    fields: frozenset[str] = frozenset()
    shared_fields: frozenset[str] = frozenset()
    bodies: tuple[str, ...] = ()

    @property
    def contact(self) -> Contact | None:
        """The usual contact card, the first one of the file."""
        return next(iter(self.contacts.values()), None)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that can be put to every offer: its aspect and how it is recognised.

    ``part`` names the field of a contact card that is asked for, if it is one;
    a word of one of the word fields ``fields`` asks it if nothing else is said.
    ``unspoken`` is what is answered while no offer is spoken of ("bot.privacy"). ``ways`` mean that part only where
    another way than the one just told of is wanted ("nein, per Post").
    """

    id: str
    aspect: Aspect
    label: str
    part: str
    ask: tuple[str, ...]
    fields: frozenset[str] = frozenset()
    unspoken: str = ""
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """A language that is not answered in: words of it, the letters of a script of its own, and what is said to it."""

    words: tuple[str, ...]
    text: str
    letters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words behind the understanding; patterns may end or begin with ``*``."""

    questions: tuple[Question, ...]
    aspects: Mapping[Aspect, tuple[str, ...]]
    fillers: tuple[str, ...]
    signals: Mapping[Signal, tuple[str, ...]]
    concepts: Mapping[str, tuple[str, ...]]
    languages: Mapping[str, Language]

    @property
    def parts(self) -> dict[str, str]:
        """The questions for a part of a contact card, with that part."""
        return {question.id: question.part for question in self.questions if question.part}


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What is said while an emergency lasts, to what ``ask`` finds; the last one, without it, to all else."""

    paragraphs: tuple[str, ...]
    ask: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is said to one kind of emergency.

    ``meanwhile`` is said as long as it lasts, ``awaited`` to who says then that help is coming, ``unknown`` to a question then that has no answer, ``reminder`` under
    what else is said, ``over`` to an all-clear; ``all_clear`` is what sounds like one, ``gone`` what does if it is
    said of a threat or of oneself, and of nobody else. Beside a phrase of ``unless`` no signal of this kind counts.
    """

    paragraphs: tuple[str, ...]
    after: str
    contacts: tuple[Contact, ...]
    next: tuple[str, ...] = ()
    meanwhile: tuple[Meanwhile, ...] = ()
    reminder: str = ""
    over: str = ""
    all_clear: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    awaited: Meanwhile | None = None


@dataclass(frozen=True, slots=True)
class Safety:
    """Emergencies: the answers by kind, the fixed signals that find them.

    ``concepts`` are the word fields that speak for danger, ``unease`` those that speak of threat or fear, ``hopelessness`` those of despair, ``sympathy``
    those of what somebody suffers, ``hands_on`` those of danger that are said as well of what an office does,
    ``threats`` the words for who or what threatens. ``denials`` are words that deny what follows them, beside the
    negations of the vocabulary, ``still`` phrases that say that it goes on, ``arrived`` those all-clears that say
    only that help is there. ``past`` are times that are over unless words of ``now`` stand beside them, ``failing``
    what is no danger if it is said of ``things``. Of what is ``bodiless`` nothing is danger. ``dreamt`` tells what was
    dreamt, ``nightmares`` only that it was, ``long_ago`` of what is over for years, ``harmless``
    at the end says that nothing came of it, ``harmed`` what is not over once who did it is gone, ``loud`` only insults, ``unhurried`` asks for rules, costs or who is responsible, as nobody does who is in danger.
    ``people`` are those who may be in danger beside such a question or figure, ``help`` who and what is called then.
    ``figures`` hold words of danger and mean none, ``mostly_figures`` neither if enough else is told; ``cries`` for help
    are none over ``trifles``. ``together`` are by kind the groups of words that are danger only beside each other.
    """

    alarms: Mapping[str, Alarm]
    always: Mapping[str, tuple[str, ...]]
    unless: tuple[str, ...]
    concepts: frozenset[str]
    unease: frozenset[str]
    threats: tuple[str, ...]
    denials: tuple[str, ...] = ()
    still: tuple[str, ...] = ()
    arrived: tuple[str, ...] = ()
    sympathy: frozenset[str] = frozenset()
    hopelessness: frozenset[str] = frozenset()
    hands_on: frozenset[str] = frozenset()
    past: tuple[str, ...] = ()
    now: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    bodiless: tuple[str, ...] = ()
    dreamt: tuple[str, ...] = ()
    nightmares: tuple[str, ...] = ()
    long_ago: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    harmed: tuple[str, ...] = ()
    loud: tuple[str, ...] = ()
    unhurried: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    mostly_figures: tuple[str, ...] = ()
    cries: tuple[str, ...] = ()
    trifles: tuple[str, ...] = ()
    together: Mapping[str, tuple[tuple[tuple[str, ...], ...], ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True)
class Off:
    """What is switched off for now, each with the text to show instead; an empty text is the usual sentence."""

    bot: str = ""
    topics: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    aspects: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, topic: str, aspect: Aspect | None = None) -> str | None:
        """Return the text to show instead of ``aspect`` of ``topic``, ``None`` if it is on."""
        if topic in self.topics:
            return self.topics[topic]
        return self.aspects.get(f"{topic}.{aspect}")

    def is_silent(self, topic: Topic) -> bool:
        """Return whether nothing is said about ``topic``: it is off as a whole, or each of its sides is."""
        return topic.id in self.topics or all(f"{topic.id}.{side}" in self.aspects for side in topic.answers)

    @property
    def names(self) -> tuple[str, ...]:
        """What is off: "bot" for all of it, topics, and sides of topics as "zastex.contact"."""
        return (*(["bot"] if self.bot else ()), *self.topics, *self.aspects)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The whole content. ``digest`` identifies it; ``tree`` is its plain form.

    ``lines`` is empty when the content came from a cache that knows the digest.
    """

    digest: str
    topics: Mapping[str, Topic]
    vocabulary: Vocabulary
    safety: Safety
    wording: Mapping[str, str]
    tree: Mapping[str, Any] = field(repr=False)
    lines: tuple[Line, ...] = field(default=(), repr=False)
    off: Off = Off()

    @property
    def offers(self) -> tuple[Topic, ...]:
        """The offers by their position, then in the order of their files."""
        offers = (topic for topic in self.topics.values() if topic.is_offer)
        return tuple(sorted(offers, key=lambda topic: topic.position))

    @property
    def covered(self) -> frozenset[str]:
        """The topics that a source covers: what small talk and the bot itself lack."""
        return frozenset(topic.id for topic in self.topics.values() if topic.source)

    def instead(self, topic: str, aspect: Aspect) -> str | None:
        """Return what is said instead of ``aspect`` of ``topic`` if that is switched off, ``None`` if it is on."""
        text, known = self.off.text(topic, aspect), self.topics[topic]
        if text is None or text:
            return text
        key = "switched_off" if self.off.is_silent(known) else f"switched_off_{aspect}"
        return self.line(key, topic=known.title)

    def line(self, key: str, **values: str) -> str:
        """Return the sentence ``key`` of ``wording.yaml`` with its {places} filled."""
        return self.wording[key].format(**values)
