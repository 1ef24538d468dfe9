"""Tells what is over from what has only been done so far: "hat sich erledigt", but "die Polizei war schon da".

Both sound alike to what is learned. Who was at the police or has reported something is still helped by the offer
spoken of; so steps end a matter only if it is said beside them, and nothing is settled that is asked.
"""

from __future__ import annotations

from dataclasses import replace

from bot import grammar
from bot.answering.answers import Answers
from bot.knowledge import Knowledge
from bot.layout import SMALL_TALK
from bot.reading.asking import is_put_as_question
from bot.reading.patterns import Patterns
from bot.reading.reader import Reading
from bot.reply import Aspect
from bot.session import Intent, Session, Turn
from bot.signals import Signal
from bot.text import Utterance

SETTLED = Intent(SMALL_TALK, None, "resolved")
"""What somebody means who says that a matter is settled; its aspect does not count."""


class Progress:
    """Answers what was done so far in conversations about one content."""

    def __init__(self, knowledge: Knowledge, answers: Answers) -> None:
        self._knowledge, self._topics, self._answers = knowledge, knowledge.topics, answers
        signals = knowledge.vocabulary.signals
        self._said = Patterns({key: signals.get(key, ()) for key in (Signal.DONE_SO_FAR, Signal.ENDED)})

    def is_open(self, intent: Intent, reading: Reading, session: Session) -> bool:
        """Return whether what sounds settled (``intent``) leaves an offer of use that was spoken of before."""
        if (intent.topic, intent.detail) != (SETTLED.topic, SETTLED.detail) or session.emergency:
            return False
        if session.focus is None or not self._topics[session.focus.topic].is_offer:
            return False
        said = {key for key, _, _ in self._said.scan(reading.mended)}
        return said == {Signal.DONE_SO_FAR} or _asks_on(reading.utterance)

    def answer(self, session: Session) -> Turn:
        """Say what the offer spoken of adds to what was done, with its contact."""
        topic = self._topics[session.focus.topic if session.focus else ""]
        intent = Intent(topic.id, Aspect.CONTACT)
        reply = self._answers.answer(intent)
        summary = self._knowledge.instead(topic.id, Aspect.OVERVIEW) or topic.summary
        said = self._knowledge.line("done_so_far", topic=topic.title, summary=summary)
        reply = replace(reply, paragraphs=(said, *reply.paragraphs))
        return reply, session.moved(intent, reply, is_covered=True)


def _asks_on(utterance: Utterance) -> bool:
    """Return whether the last clause of an utterance asks something: "…, und nun", "… erledigt oder bleiben die dran"."""
    folded = utterance.folded
    start, _ = utterance.clause(len(folded) - 1, len(folded))
    return is_put_as_question(folded[start:]) or grammar.OR in folded[start:]
