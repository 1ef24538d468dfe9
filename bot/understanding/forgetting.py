"""Whether it is surely wanted that all is forgotten: what cannot be undone is not done because it is likelier than all else."""

from __future__ import annotations

from bot.knowledge import Knowledge
from bot.layout import ABOUT_BOT
from bot.matching.model import Judgement
from bot.reading.patterns import Patterns
from bot.session import Session
from bot.signals import Signal
from bot.understanding.confidence import SURELY


class Forgetting:
    """Finds the wish to have all forgotten by the words of one content."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._words = Patterns({Signal.FORGETTING: knowledge.vocabulary.signals.get(Signal.FORGETTING, ())})

    def is_wanted(self, judgement: Judgement, session: Session) -> bool:
        """Return whether an utterance that rather asks for it says so in its words, or can hardly mean anything else.

        In an emergency only words count: "stop!" may be shouted at somebody.
        """
        if self._words.scan(judgement.reading.mended):
            return True
        return not session.emergency and judgement.confidence(ABOUT_BOT) >= SURELY
