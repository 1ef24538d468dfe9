"""How much speaks for each topic: the utterance alone, what it names, the conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import grammar
from bot.knowledge import Topic
from bot.layout import NONE, SMALL_TALK
from bot.matching.model import Judgement
from bot.reading.asking import may_ask
from bot.reading.lexicon import Lexicon
from bot.reading.patterns import Hit
from bot.reading.reader import Reading
from bot.session import Session
from bot.signals import FOR_NO_OFFER, Signal
from bot.understanding import context
from bot.understanding.context import CERTAIN
from bot.understanding.manner import Manner
from bot.understanding.sides import Said

_NAMED = 2.5
"""How much likelier a topic is that is named and not ruled out."""
_IN_PASSING = 0.1
"""How much less small talk counts beside a question or a name."""
_MISUSED = 20.0
"""How much likelier than all else it is that no offer is for who wants to do harm."""


class Likelihood:
    """Weighs the topics of one content in judged utterances."""

    def __init__(self, topics: Mapping[str, Topic], lexicon: Lexicon, manner: Manner) -> None:
        self._topics, self._lexicon, self._manner = topics, lexicon, manner

    def weights(
        self, judgement: Judgement, said: Said, session: Session, *, is_aspect_said: bool
    ) -> dict[str, float]:
        """Return how much speaks for each topic; ``is_aspect_said``: the words say which side of it is wanted."""
        if said.came_to:
            return {said.came_to: CERTAIN}
        reading, named = judgement.reading, said.named
        folded, findings = reading.mended, reading.findings
        weights = {c.topic: c.confidence for c in judgement.candidates}
        if not is_aspect_said and not named and self._only_reacts(reading):
            weights[SMALL_TALK] = weights.get(SMALL_TALK, 0.0) + CERTAIN
        if is_aspect_said or named:
            # "Besten Dank. Hätten Sie auch die Nummer?" thanks in passing and asks.
            weights[SMALL_TALK] = weights.get(SMALL_TALK, 0.0) * _IN_PASSING
        # "Nein, per Mail" takes the side back and not the topic.
        corrections = [hit for hit in findings.signals if hit.id == Signal.CORRECTION]
        asking = (*said.questions, *findings.aspects, *corrections)
        is_bare = is_aspect_said and not named and (said.is_explained or self._only_points(folded, asking))
        self._manner.keep(weights, reading, session)
        context.adjust(
            weights, judgement, session, self._topics, named, takes_back=said.takes_back, is_bare=is_bare
        )
        is_certain = said.is_referred or (
            bool(named) and (said.is_explained or self._is_asked_of(said, reading))
        )
        for topic in named:
            weight = max(weights.get(topic, 0.0), 1.0) if is_certain else weights.get(topic, 0.0)
            weights[topic] = weight * (CERTAIN if is_certain else _NAMED)
        if len(named) == 1:  # whatever else is told: rather ask back than refuse
            weights[named[0]] = max(weights[named[0]], weights.get(NONE, 0.0))
        if findings.has_signal(*FOR_NO_OFFER):
            # "So, dass die ZASTEX nicht auf mich kommt": the office that is named is no help for that.
            weights[NONE] = weights.get(NONE, 0.0) + _MISUSED * sum(weights.values())
        return weights

    def _is_asked_of(self, said: Said, reading: Reading) -> bool:
        """Return whether a sentence holds nothing but a name and what is asked of it, whatever stands in the others.

        "Wir sind in Haushaltssicherung. Was kostet das Expertennetzwerk?"
        """
        asked = (*said.questions, *reading.findings.aspects)
        if len(said.named) != 1 or not asked:
            return False
        first = min(hit.start for hit in reading.names if hit.topic == said.named[0])
        start, end = reading.utterance.sentence_start(first), reading.utterance.sentence_end(first)
        if end - start == len(reading.mended) or not any(start <= hit.start < end for hit in asked):
            return False
        left = self._lexicon.left_over(reading.mended, (*reading.names, *asked))
        return not any(start <= place < end for place in left)

    def _only_points(self, folded: Sequence[str], asking: Sequence[Hit]) -> bool:
        """Return whether nothing but pronouns and fillers stands beside the words that are ``asking``."""
        rest = self._lexicon.left_over(folded, asking)
        return all(folded[place] in grammar.PRONOUNS for place in rest)

    def _only_reacts(self, reading: Reading) -> bool:
        """Return whether an utterance is an opener that nothing follows: "alles klar", "prima danke"."""
        if may_ask(reading) or not reading.findings.has_signal(Signal.OPENER):
            return False
        reacting = [hit for hit in reading.findings.signals if hit.id in (Signal.OPENER, Signal.IDIOM)]
        return not self._lexicon.left_over(reading.mended, reacting)
