"""One turn of a conversation: from what a person wrote to what the bot says.

The order is fixed: fixed signals of danger, commands, that a danger is over, open
options, what the model finds of danger, reverse look-ups, understanding, decision.
``Bot.respond`` is total over strings.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.answering.answers import Answers
from bot.answering.owners import Owners
from bot.answering.setbacks import POLICE_REFUSED, UNTHANKED, Setbacks
from bot.answering.ways import Ways
from bot.knowledge import Knowledge
from bot.layout import DESPAIR, SMALL_TALK, learned_as
from bot.matching.model import Judgement, Model
from bot.reading.asking import asks_or_wants
from bot.reading.lookup import Found, Lookup, cards
from bot.reply import Contact, Outcome, Reply
from bot.safety.distance import Distance
from bot.session import MemorySessions, Session, Sessions, Turn, ruled
from bot.signals import Signal
from bot.text import Utterance, clean
from bot.turn import explanation
from bot.turn.emergency import LONGEST_CRY, Emergency
from bot.turn.gist import Gist
from bot.turn.responses import Responses
from bot.turn.steering import Steering
from bot.understanding import references
from bot.understanding.bodies import Bodies
from bot.understanding.clauses import Clauses
from bot.understanding.confidence import SURELY
from bot.understanding.context import is_surely_other
from bot.understanding.decision import Costs
from bot.understanding.interpreter import Interpreter, Understanding
from bot.understanding.languages import Languages
from bot.understanding.thanks import Thanks

log = logging.getLogger("lotse")

_MISSED = (Outcome.CLARIFY, Outcome.FALLBACK)
_MOST_REPEATED = 2
"""How often the numbers are shown again before a menu helps more."""


class Bot:
    """Answers utterances from one content, with a memory for open conversations."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: Model,
        sessions: Sessions | None = None,
        costs: Costs | None = None,
    ) -> None:
        self.knowledge = knowledge
        self._model = model
        self._sessions: Sessions = MemorySessions() if sessions is None else sessions
        self._covered = knowledge.covered
        self._answers, costs = Answers(knowledge), costs or Costs()
        distance = Distance(knowledge.safety, model.lexicon.known)
        self._interpreter = Interpreter(knowledge, model.lexicon, distance)
        self._clauses = Clauses(model.lexicon, knowledge.vocabulary.signals[Signal.NEGATION])
        self._emergency = Emergency(
            knowledge, self._answers, self._interpreter, model, distance=distance, costs=costs
        )
        self._safety, self._all_clear = self._emergency.safety, self._emergency.all_clear
        self._aftermath = self._emergency.aftermath
        self._gist = Gist(
            knowledge,
            model,
            interpreter=self._interpreter,
            clauses=self._clauses,
            danger=self._emergency.danger,
            aftermath=self._emergency.aftermath,
        )
        self._setbacks = Setbacks(knowledge, self._answers, model.lexicon)
        self._ways = Ways(knowledge, self._answers, model.lexicon, self._setbacks)
        self._thanks = Thanks(self._clauses)
        bodies = Bodies(knowledge, model.lexicon)
        self._steering = Steering(
            knowledge, model, self._answers, interpreter=self._interpreter, bodies=bodies
        )
        self._responses = Responses(
            knowledge,
            model,
            self._answers,
            interpreter=self._interpreter,
            steering=self._steering,
            bodies=bodies,
            clauses=self._clauses,
            costs=costs,
        )
        self._owners = Owners(knowledge, self._answers, self._interpreter)
        self._languages = Languages(knowledge.vocabulary.languages)
        self._lookup = Lookup(cards({topic.id: topic.contacts for topic in knowledge.topics.values()}))

    # --- the contract ----------------------------------------------------------------

    def respond(self, conversation: str | None, utterance: str) -> Reply:
        """Answer ``utterance`` in ``conversation`` (any key), or by itself: ``None`` remembers nothing. Never raises."""
        kind = None
        try:
            said = Utterance.of(clean(utterance))
            kind = self._safety.signal(said)
            before = self._remembered(conversation)
            turn = self._answered(kind, said, before)
        except Exception as error:  # a broken turn must end in words, not in silence
            _log_fault("turn failed", error)
            return self._safety.reply(kind) if kind else self._answers.broken()
        return self._kept(conversation, turn, before, said)

    def _answered(self, kind: str | None, utterance: Utterance, session: Session) -> Turn:
        """Answer an utterance, which signals danger of ``kind`` or none."""
        if kind is not None:
            return self._emergency.signalled(kind, utterance, session)
        if self.knowledge.off.bot:
            return self._only_danger(utterance, session)
        reply, session = self._turn(utterance, session)
        return self._spoken_to(reply, utterance), session

    def _spoken_to(self, reply: Reply, utterance: Utterance) -> Reply:
        """Return a reply that begins in the language of who does not write German; an emergency begins with its number."""
        is_left = reply.outcome is Outcome.EMERGENCY or reply.rule == "command"
        line = "" if is_left else self._languages.line(self._steering.parsed(utterance)[1])
        return replace(reply, paragraphs=(line, *reply.paragraphs)) if line else reply

    def choose(self, conversation: str | None, choice: str) -> Reply:
        """Answer a pressed option, in a conversation or by itself. One that leads nowhere (any more) gets the offers."""
        if self.knowledge.off.bot:
            return self._answers.all_off()
        try:
            before = self._remembered(conversation)
            turn = self._emergency.kept(self._steering.chosen(choice, before), before)
        except Exception as error:
            _log_fault("turn failed", error)
            return self._answers.broken()
        return self._kept(conversation, turn, before)

    def _kept(
        self, conversation: str | None, turn: Turn, before: Session, utterance: Utterance | None = None
    ) -> Reply:
        """Return what is said to ``utterance``, or to a pressed option, once the conversation is remembered.

        If that breaks it is said all the same, but for the promise that what was spoken of ``before`` is forgotten.
        """
        reply, session = turn
        if conversation is None:
            return reply
        try:
            points = utterance is None or self._interpreter.points(utterance.folded)
            self._sessions.put(conversation, _listing(reply, session, before, points=points))
        except Exception as error:
            _log_fault("conversation not remembered", error)
            return self._answers.broken() if session == Session() != before else reply
        return reply

    def _remembered(self, conversation: str | None) -> Session:
        """Return what is remembered of a conversation; if that breaks, it begins anew."""
        if conversation is None:
            return Session()
        try:
            session = self._sessions.get(conversation)
            return self._emergency.known(session.within(self.knowledge.topics)) if session else Session()
        except Exception as error:
            _log_fault("conversation not recalled", error)
            return Session()

    def forget(self, conversation: str) -> None:
        """Drop all that is remembered of ``conversation``."""
        self._sessions.drop(conversation)

    def cards(self, topic: str) -> tuple[Contact, ...]:
        """Return every contact card that answers about ``topic`` show now; none of a topic that there is not."""
        return () if self.knowledge.off.bot else self._answers.cards.every(topic)

    def titles(self) -> dict[str, str]:
        """Return the short names of the offers that are shown now, by their topics."""
        offers = () if self.knowledge.off.bot else self._answers.options.offer_options()
        return {offer.choice: offer.label for offer in offers}

    def line(self, key: str, **values: str) -> str:
        """Return the sentence ``key`` of ``wording.yaml``."""
        return self.knowledge.line(key, **values)

    @property
    def model(self) -> Model:
        """What was learned, for a bot with other switches."""
        return self._model

    def judge(self, utterance: str) -> Judgement:
        """Return what the matcher makes of ``utterance`` alone, for measurements."""
        return self._model.judge(Utterance.of(clean(utterance)))

    def explain(self, utterance: str) -> list[str]:
        """Return why ``utterance`` is answered as it is, as lines of German text."""
        said = Utterance.of(clean(utterance))
        if (kind := self._safety.signal(said)) is not None:
            return [f"Festes Zeichen für Gefahr: {kind}."]
        session = Session()
        reply, _ = self._answered(None, said, session)
        call, said = self._steering.parsed(said)
        if call is not None or self.knowledge.off.bot:
            meaning = self._emergency.danger.heard(said, session)
        else:
            meaning = self._gist.of(self._model.read(said), session)
        if self.knowledge.off.bot:
            return list(explanation.switched_off(meaning, reply))
        decision = reply.decision or self._responses.decision(meaning)
        lines = explanation.lines(self._model, decision, meaning, utterance=said, reply=reply)
        return list(lines)

    # --- one turn --------------------------------------------------------------------

    def _turn(self, utterance: Utterance, session: Session) -> Turn:
        call, utterance = self._steering.parsed(utterance)
        if call is not None:
            danger = self._emergency.found(utterance, session) if call.rest else None
            commanded = self._emergency.kept(self._steering.command(call, session), session)
            return danger or ruled("command", commanded)
        session = self._aftermath.over_again(utterance, session) or session
        lasting = session.emergency
        clear = self._all_clear.found(lasting, utterance) if lasting else None
        if clear is not None:  # first: "alles gut" chooses nothing then
            return self._after_alarm(utterance, clear, session)
        opened = self._clauses.end_of_openers(utterance.folded) if session.alarm else 0
        awaiting = self._emergency.awaiting(utterance.folded[opened:], session, is_agreed=opened > 0)
        if awaiting is not None:
            return awaiting
        steered = self._steering.choice(utterance, session)
        if steered is not None:
            return ruled("choice", self._emergency.kept(steered, session))
        return self._understood(utterance, session)

    def _understood(self, utterance: Utterance, session: Session) -> Turn:
        """Answer an utterance that has to be understood."""
        reading = self._model.read(utterance)
        way = self._ways.find(reading, session) if self._ways.may_be(utterance, session) else None
        if way is not None:
            return ruled("way", self._ways.answer(way, session))
        # Of the whole of it: without what it opens with, a number or the thanks would be missing.
        whole, owned = reading, self._lookup.find(utterance)
        thanks = self._thanks.find(reading, session)
        denies = self._clauses.denies_in_few_words(utterance.folded)
        ruled_out = self._setbacks.ruled_out(reading, session) if denies else None
        goes_on = bool(session.alarm) and self._all_clear.goes_on(session.alarm, utterance)
        if session.focus or session.alarm:
            asking = self._clauses.asking_part(utterance, last_only=False)
            reading = reading if asking == utterance else self._model.read(asking)
        meaning = self._gist.of(reading, session)
        session = meaning.session
        if goes_on:
            return self._emergency.lasting(meaning)
        is_other = is_surely_other(meaning.judgement, self._covered, session.focus)
        setback = None if session.alarm else self._setbacks.find(meaning, whole)
        if setback is None and not is_other:
            setback = ruled_out  # "nein, kein Training", but not "kein Training, die Meldestelle"
        if setback is None or not setback.is_whole:
            danger = self._emergency.judged(meaning)
            if danger is not None:
                return danger
        if setback is not None and not setback.topic:
            return ruled("setback", self._steering.chosen(UNTHANKED, session))
        if setback is not None:
            return ruled("setback", self._setbacks.answer(setback, session))
        if thanks and not is_other:
            thanked = self._steering.chosen(f"{SMALL_TALK}.{thanks}", session)
            return ruled("thanks", self._emergency.kept(thanked, session))
        return self._asked(meaning, owned)

    def _asked(self, meaning: Understanding, owned: Found) -> Turn:
        """Answer what is asked or told, while an emergency lasts or not; ``owned`` is what the lookup found in it."""
        session = meaning.session
        if helping := self._aftermath.what_helps(meaning.reading, session):
            return self._steering.chosen(helping, session)
        if session.alarm:
            return self._meanwhile(meaning, owned)
        if self._setbacks.refuses_police(meaning):
            return ruled("no_police", self._steering.chosen(POLICE_REFUSED, session))
        return self._lately(self._settled(meaning, owned), meaning)

    def _settled(self, meaning: Understanding, owned: Found) -> Turn:
        """Answer what is no emergency; ``owned`` is what the lookup found in it."""
        reading, session = meaning.reading, meaning.session
        looked_up = self._owners.answer(owned, meaning)
        if looked_up is not None:
            return ruled("lookup", looked_up)
        if owned.is_lookup and not reading.names and self._interpreter.only_asks(reading):
            return ruled("lookup", self._responses.refusals.missed(self._answers.not_found(), session))
        reply, after = self._responses.answer(meaning)
        if session.alarm:
            return reply, after
        return self._responses.refusals.hinted(reply, meaning), after

    def _meanwhile(self, meaning: Understanding, owned: Found) -> Turn:
        """Answer what is said while an emergency lasts and tells of no new danger."""
        emergency, reading, session = self._emergency, meaning.reading, meaning.session
        reported = emergency.reported(meaning)
        if reported is not None:
            return reported
        if emergency.is_meant(meaning):
            return emergency.held(reading, session)
        reply, after = self._settled(meaning, owned)
        asks = asks_or_wants(reading.mended, reading.findings)
        if self._is_covered(reply) and (asks or meaning.named):
            return emergency.reminded(reply, session), after
        is_vague = self._is_vague(reply, meaning.judgement, session.alarm, asks=asks)
        if reply.outcome in _MISSED and not is_vague:  # who asks at length does not cry for help any more
            after = replace(after, alarm="", lately=session.alarm)
        if is_vague and session.misses < _MOST_REPEATED:
            # Somebody in danger who is not understood shall see the numbers, not a menu.
            again, after = emergency.held(reading, session)
            return again, replace(after, misses=session.misses + 1)
        return emergency.reminded(reply, session), after

    def _lately(self, turn: Turn, meaning: Understanding) -> Turn:
        """Return a turn that is settled, as long as an emergency in which something was asked is not said to be over."""
        reading, session = meaning.reading, meaning.session
        if not session.lately:
            return turn
        asks = asks_or_wants(reading.mended, reading.findings)
        return self._emergency.recalled(turn, reading, session, asks=asks)

    def _after_alarm(self, utterance: Utterance, clear: tuple[int, int], session: Session) -> Turn:
        """Answer an utterance whose words ``clear`` say that a danger is over: what else is asked, or relief."""
        folded, (start, end) = utterance.folded, clear
        danger = self._emergency.next_danger(utterance, clear, session)
        goes_on = bool(session.alarm) and self._all_clear.is_qualified(folded, clear)
        if danger is not None and not (goes_on and danger[1].alarm == session.alarm):
            return danger
        asks = self._clauses.asks_or_wants((*folded[:start], *folded[end:]))
        if not asks and not self._all_clear.says_more(folded, clear):
            return self._aftermath.relieved(session)  # "bin in Sicherheit daheim" asks for no advice on it
        if goes_on and not asks:
            return self._emergency.held(self._model.read(utterance), session)
        rest = self._clauses.asking_part(utterance, last_only=True)
        relieved = self._interpreter.interpret(self._model.judge(rest), self._aftermath.ended(session))
        reply, after = self._responses.answer(relieved)
        if self._is_covered(reply):
            if goes_on:  # "die Polizei ist da, aber was mach ich mit den Kindern"
                return self._emergency.reminded(reply, session), replace(after, alarm=session.alarm)
            return reply, after
        if goes_on:
            return self._emergency.held(self._model.read(utterance), session)
        return self._aftermath.relieved(session)

    def _is_covered(self, reply: Reply) -> bool:
        """Return whether a reply answers from the source."""
        return reply.outcome is Outcome.ANSWER and not self._covered.isdisjoint(reply.topics)

    def _is_vague(self, reply: Reply, judgement: Judgement, alarm: str, *, asks: bool) -> bool:
        """Return whether what is said in an emergency of the kind ``alarm`` is rather about it than answered by ``reply``."""
        if reply.outcome in _MISSED:
            return not asks or len(judgement.reading.mended) <= LONGEST_CRY
        if self._is_covered(reply):
            return learned_as(alarm) != DESPAIR  # what goes on is not for an offer to answer
        # "Bin ich jetzt in Sicherheit?" is not for small talk, nor is "nichts ist gut" glad news, nor "nur dahingesagt".
        is_sure = learned_as(alarm) != DESPAIR or judgement.confidence(SMALL_TALK) >= SURELY
        is_glad = not asks and is_sure and not self._all_clear.denies(judgement.reading.mended)
        return reply.topics == (SMALL_TALK,) and not is_glad

    def _only_danger(self, utterance: Utterance, session: Session) -> Turn:
        """Answer an emergency, and all else with the text of the switched-off bot."""
        danger = self._emergency.found(utterance, session) if utterance.words else None
        return danger or (self._answers.all_off(), session)


def _log_fault(what: str, error: Exception) -> None:
    """Log what broke: the kind of error and its place, as the message or the traceback could quote the text."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place else "?"
    log.error("%s: %s in %s", what, type(error).__name__, where)


def _listing(reply: Reply, session: Session, before: Session, *, points: bool) -> Session:
    """Return the session after ``reply`` with what "das letzte" may stand for from now on; a forgotten one stays so."""
    if session == Session():
        return session
    listed = references.listed(reply, session, before, points=points)
    return session if listed == session.listed else replace(session, listed=listed)
