"""How likely and how near a danger is that an utterance tells of, by what was learned and by how it is told."""

from __future__ import annotations

from collections.abc import Mapping

from bot import grammar, knowledge
from bot.layout import ALARM, DESPAIR, FOLLOW_UP
from bot.matching.model import Judgement
from bot.reading.patterns import covered
from bot.safety.distance import Distance
from bot.text import spoken
from bot.understanding.confidence import DOUBT
from bot.understanding.context import FOLLOW_UP_PRIOR
from bot.understanding.decision import Risk
from bot.understanding.sides import TERSE, Said


class Nearness:
    """Finds the risk in judged utterances with the words of one content."""

    def __init__(self, content: knowledge.Safety, distance: Distance) -> None:
        self._alarming, self._distance = content.concepts, distance

    def risk(
        self,
        judgement: Judgement,
        said: Said,
        weights: Mapping[str, float],
        *,
        asks: bool,
        is_aspect_said: bool,
        is_talking: bool,
    ) -> Risk:
        """Return the risk of an emergency; ``weights`` are those of the topics in the conversation, see ``context``.

        ``said`` is what the words say, ``asks``: they ask something, ``is_aspect_said``: for a side of a topic;
        ``is_talking``: something was answered before.
        """
        reading, distance = judgement.reading, self._distance
        utterance = reading.utterance
        # "Sie sind da": words without weight that ask nothing may tell of danger all the same.
        said_words = spoken(reading.mended)
        cries = bool(said_words) and not said.named and not is_aspect_said
        chance = 0.0 if said.is_explained and not cries else _chance(judgement, weights)
        if chance >= DOUBT and distance.is_only_dreamt(utterance) and not _is_own_despair(judgement):
            chance = 0.0
        is_worded = reading.findings.has_concept(self._alarming)
        is_terse = len(said_words) <= TERSE
        if chance < DOUBT:
            return Risk(chance, is_worded=is_worded, is_terse=is_terse, is_talking=is_talking)
        is_of_things = self._is_of_things(judgement)
        is_remote = is_of_things and not grammar.tells_of_anybody(said_words)
        is_only_loud = not is_worded and distance.is_loud(utterance, reading.mended)
        is_of_offer = asks and bool(said.named) and not is_worded and not distance.is_now(said_words)
        return Risk(
            chance,
            is_worded=is_worded,
            is_terse=is_terse,
            is_talking=is_talking,
            is_distant=is_of_things or is_of_offer or self._is_distant(judgement),
            is_idle=is_remote or is_only_loud or self._is_idle(judgement),
        )

    def _is_distant(self, judgement: Judgement) -> bool:
        """Return whether an utterance tells of no danger here and now; one's own despair is always near."""
        utterance, distance = judgement.reading.utterance, self._distance
        is_over = distance.is_of_message(utterance) or distance.is_dreamt(utterance)
        is_over = is_over or distance.ends_well(utterance.folded)
        return is_over and not _is_own_despair(judgement)

    def _is_idle(self, judgement: Judgement) -> bool:
        """Return whether an utterance asks at leisure, tells of what is over for years, or that nothing came of it; never despair."""
        utterance = judgement.reading.utterance
        if judgement.alarms.get(DESPAIR, 0.0) * 2 > judgement.danger:
            return False
        is_over = self._distance.is_long_ago(utterance) or self._distance.ends_well(utterance.folded)
        return is_over or self._distance.is_unhurried(judgement.reading.mended)

    def _is_of_things(self, judgement: Judgement) -> bool:
        """Return whether all words of danger are said of things; who despairs speaks of oneself ("ich wäre lieber tot")."""
        reading = judgement.reading
        if _is_own_despair(judgement) and not grammar.SPEAKERS.isdisjoint(reading.mended):
            return False
        alarming = covered(hit for hit in reading.findings.concepts if hit.id in self._alarming)
        return self._distance.is_of_things(reading.utterance, alarming)


def _is_own_despair(judgement: Judgement) -> bool:
    """Return whether what sounds like an emergency is despair, told of oneself."""
    is_despair = judgement.alarms.get(DESPAIR, 0.0) * 2 > judgement.danger
    return is_despair and not grammar.FIRST_PERSON.isdisjoint(judgement.reading.mended)


def _chance(judgement: Judgement, weights: Mapping[str, float]) -> float:
    """Return the probability of danger: that of the utterance alone.

    A conversation lowers it only for what is more likely a follow-up; nobody
    shall be overheard because something else was spoken about before.
    """
    if judgement.confidence(FOLLOW_UP) * FOLLOW_UP_PRIOR > judgement.danger:
        return weights.get(ALARM, 0.0) / (sum(weights.values()) or 1.0)
    return judgement.danger
