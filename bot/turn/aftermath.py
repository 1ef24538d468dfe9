"""What is said right after an emergency, once the person has said that it is over.

It lasts as long as what was offered then may be chosen: every reply with a choice of its own ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.answering.answers import Answers
from bot.knowledge import Knowledge
from bot.matching.model import Judgement
from bot.reading.asking import is_put_as_question
from bot.reading.reader import Reading
from bot.reply import Aspect, Option
from bot.safety.all_clear import AllClear
from bot.safety.signs import Safety
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
        return reply, replace(self.ended(session), options=reply.options, over=kind)

    def understood(self, judgement: Judgement, session: Session) -> Session:
        """Return the session in which what is said right after an emergency is understood.

        "Und die Nummer?" is that of the offer spoken of before, "wer hilft mir jetzt?" asks what helps after a danger.
        """
        reading, before = judgement.reading, session.focus
        if reading.questions or reading.names:
            return session
        over = self._just_over(session)
        focus = self.helping(over) if over else None
        if focus is None:
            return session
        is_left = before is not None and before.topic != focus.topic
        earlier = (*session.earlier, before) if before and is_left else session.earlier
        return replace(session, focus=focus, earlier=earlier)

    def what_helps(self, reading: Reading, session: Session) -> str:
        """Return the choice that answers "und nu", "wer hilft mir jetz" right after an emergency; nothing if that is not asked."""
        folded = reading.mended
        is_of_card = bool(session.focus and reading.questions)  # "wie war die Nummer"
        if len(folded) > _FEW or is_of_card or not is_put_as_question(folded):
            return ""
        over = self._just_over(session)
        return session.options[0].choice if over and self._safety.is_foreseen(over, folded) else ""

    def over_again(self, utterance: Utterance, session: Session) -> Session | None:
        """Return the session of the emergency that was said to be over if an utterance says so again: "der ist festgenommen"."""
        over = self._just_over(session)
        return replace(session, lately=over) if over and self._all_clear.found(over, utterance) else None

    def _just_over(self, session: Session) -> str:
        """Return the kind of the emergency that was said to be over if there was at the most a nod since; else nothing."""
        is_left = not session.alarm and session.options == self._options.get(session.over)
        return session.over if is_left else ""
