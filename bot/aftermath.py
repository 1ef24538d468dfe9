"""What is said right after an emergency, once the person has said that it is over.

Nothing is remembered for it: what may be chosen then tells that one is just
over, because every reply with a choice of its own ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.all_clear import AllClear
from bot.answers import Answers
from bot.knowledge import Knowledge
from bot.matching.model import Judgement
from bot.reply import Aspect, Option
from bot.safety import Safety
from bot.session import Intent, Session, Turn
from bot.text import Utterance

_FEW = 6
"""Words up to which what leans on an emergency that is over asks for no more than help."""


class Aftermath:
    """Answers after emergencies; ``options`` are those that are offered after each kind of it."""

    def __init__(
        self,
        knowledge: Knowledge,
        answers: Answers,
        safety: Safety,
        all_clear: AllClear,
        options: Mapping[str, tuple[Option, ...]],
    ) -> None:
        self._topics, self._answers = knowledge.topics, answers
        self._safety, self._all_clear, self._options = safety, all_clear, options

    def helping(self, kind: str) -> Intent | None:
        """Return the first thing to choose after an emergency of ``kind`` if it is something of a source."""
        choices = self._safety.next[kind]
        topic, _, side = choices[0].partition(".") if choices else ("", "", "")
        if not topic or not self._topics[topic].source:
            return None
        return Intent(topic, Aspect(side) if side in set(Aspect) else None)

    def ended(self, session: Session) -> Session:
        """Return the session after an emergency; what helps then becomes the topic unless there is one."""
        return Session(session.focus or self.helping(session.emergency), session.earlier)

    def relieved(self, session: Session) -> Turn:
        """Answer that the emergency of ``session`` is over."""
        kind = session.emergency
        reply = self._answers.relieved(self._safety.next[kind], self._safety.over[kind])
        return reply, replace(self.ended(session), options=reply.options)

    def understood(self, judgement: Judgement, session: Session) -> Session:
        """Return the session in which what is said right after an emergency is understood.

        "Und die Nummer?" is that of the offer spoken of before, "wer hilft mir jetzt?" asks what helps after a danger.
        """
        reading, before = judgement.reading, session.focus
        if reading.questions or reading.names:
            return session
        # All offers alone may be chosen after much else, too: what was spoken of stays then.
        focus = next(filter(None, map(self.helping, self._just_over(session))), None)
        if focus is None:
            return session
        is_left = before is not None and before.topic != focus.topic
        earlier = (*session.earlier, before) if before and is_left else session.earlier
        return replace(session, focus=focus, earlier=earlier)

    def what_helps(self, judgement: Judgement, session: Session) -> str:
        """Return the choice that answers "und nu", "wer hilft mir jetz" right after an emergency; nothing if that is not asked."""
        folded = judgement.reading.mended
        if len(folded) > _FEW or not self._safety.asks(folded):
            return ""
        is_asked = any(self._safety.is_foreseen(kind, folded) for kind in self._just_over(session))
        return session.options[0].choice if is_asked else ""

    def over_again(self, utterance: Utterance, session: Session) -> Session | None:
        """Return the session of the emergency that was said to be over if an utterance says so again: "der ist festgenommen".

        ``None`` if it does not, or if it is not known which kind of emergency it was.
        """
        over = self._just_over(session)
        if len(over) != 1 or not self._all_clear.found(over[0], utterance):
            return None
        return replace(session, lately=over[0])

    def _just_over(self, session: Session) -> list[str]:
        """Return the kinds of emergency of which one was said to be over, and at the most a nod since.

        Kinds that offer the same afterwards are not told apart.
        """
        if session.alarm or not session.options:
            return []
        return [kind for kind, options in self._options.items() if options == session.options]
