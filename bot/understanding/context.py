"""What a conversation adds to the probabilities of topics: what was spoken about, offered, taken back, ruled out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from bot import grammar
from bot.knowledge import Topic
from bot.layout import ABOUT_BOT, FOLLOW_UP, NONE, SMALL_TALK
from bot.matching.model import Judgement
from bot.reading.asking import may_ask
from bot.reading.lexicon import Findings
from bot.reading.names import Stance
from bot.reading.patterns import Hit, covered
from bot.reading.reader import Reading
from bot.reply import MOST_OPTIONS, Aspect
from bot.session import Intent, Session
from bot.signals import Signal
from bot.text import SIGNS, spoken
from bot.understanding import references
from bot.understanding.confidence import LIKELY, SELF_EXPLANATORY, SURE

FOCUS_PRIOR = 3.0
"""How much likelier the topic spoken about is than before: measured on dialogues."""
OPENING_FOLLOW_UP = 0.1
"""How much rarer a follow-up is while nothing was answered or offered yet."""
FOREIGN_PRIOR, ABOUT_US_PRIOR = 0.6, 0.5
"""How much rarer foreign talk is after an answer, and questions about the bot itself."""
FOREIGN_IN_FEW_WORDS = ((4, 0.15), (6, 0.3))
"""How much rarer foreign talk in up to so many words is there: "krieg ich ein Aktenzeichen". Of 250 such follow-ups
written by somebody else 82 instead of 76 of 100 are answered, of 570 short foreign questions 6.0 instead of 4.9."""
OFFERED_PRIOR = 4.0
"""How much likelier a topic is that was just offered in a question back."""
BESIDE_A_REPLY, LONGEST_REPLY = 0.15, 8
"""How much rarer foreign talk and small talk are after a question back, in so few words that ask nothing."""
CLEARLY_MORE, CLEARLY_OTHER = 3.0, 0.04
"""An earlier topic is returned to if it is so many times likelier than the last one, and so likely."""
NEW_OTHER, DEALING_OTHER, FAR_MORE = 0.3, 0.005, 10.0
"""A follow-up leads to another offer if that is so likely beside a follow-up; or so likely and it deals with what
is spoken of; or, however unlikely, was spoken of before or it is said how something came; and so many times likelier
than the one spoken of."""
RULED_OUT, ALREADY_DONE = 0.01, 0.35
"""How much rarer a topic is that is denied or taken back, and one that is said to be over."""
FAVOURED = 0.05
"""A follow-up to a question back chooses the offered topic that is so likely beside it, and far likelier than the others."""
FOLLOW_UP_PRIOR = 2.5
"""How much likelier a follow-up is once something was answered: measured on dialogues."""
CERTAIN = 25.0
"""Weight of a reading that leaves no word unexplained."""
LONGEST_WAY = 8
"""Words up to which an utterance may say nothing but how something came."""
_TAKING_BACK = frozenset([Signal.CORRECTION, Signal.REFUSAL, Signal.REJECTION])
"""Signals that only take back what was understood before: "nein, ein Brief"."""
_AROUND_A_WAY = _TAKING_BACK | {Signal.OPENER, Signal.CONTINUATION, Signal.NEGATION}
"""Signals beside which only a way may be said: "ach quatsch, per Brief"."""
ALL_OFFERS = f"{ABOUT_BOT}.offers"
"""The choice of what there is: of all that the bot says of itself, it is offered below much else, too."""


def adjust(
    weights: dict[str, float],
    judgement: Judgement,
    session: Session,
    topics: Mapping[str, Topic],
    named: Sequence[str],
    *,
    takes_back: bool,
    is_bare: bool,
) -> None:
    """Adjust ``weights`` to the conversation.

    ``is_bare`` is a question with no word of its own, as "und die Mail?".
    """
    _rule_out(weights, judgement.reading, named)
    offered = _offered(weights, judgement.reading, session, topics)
    focus = session.focus
    shown = offered or ([] if session.misses else list(references.offered(session)))
    if shown and focus is None and not named:
        _choose_by_words(weights, shown, topics)
    if focus is None or focus.topic not in topics or not topics[focus.topic].source:
        if not is_bare and _is_of_bot(session):  # "und wer liest das" after what the bot said of itself
            weights[ABOUT_BOT] = weights.get(ABOUT_BOT, 0.0) + weights.pop(FOLLOW_UP, 0.0)
        elif not offered:
            weights[FOLLOW_UP] = weights.get(FOLLOW_UP, 0.0) * OPENING_FOLLOW_UP
        return
    is_detail = takes_back and _is_detail(focus.topic, judgement, topics)
    leans = judgement.confidence(FOLLOW_UP) >= SURE
    keeps_topic = is_bare or is_detail or leans or focus.topic in named
    if takes_back and not keeps_topic and _is_rejected(weights, focus.topic, session):
        weights[focus.topic] = weights.get(focus.topic, 0.0) * RULED_OUT
        if _says_only_how(judgement.reading, topics):  # "nein, ein Brief"
            weights.pop(NONE, None)
        return
    follow_up = _go_on(weights, judgement.reading, topics, is_named=bool(named))
    if not named:
        _lean(
            weights,
            judgement,
            session,
            topics,
            focus.topic,
            follow_up=follow_up,
            is_bare=is_bare,
            is_detail=is_detail,
        )


def _offered(
    weights: dict[str, float], reading: Reading, session: Session, topics: Mapping[str, Topic]
) -> list[str]:
    """Make likelier what was offered in a question back, and return it; a list of all offers says nothing of any."""
    offered = [topic for topic in references.offered(session) if topic in topics]
    if offered and _is_reply(reading, session):
        weights |= {topic: weights.get(topic, 0.0) * BESIDE_A_REPLY for topic in (NONE, SMALL_TALK)}
    if len(offered) > MOST_OPTIONS:
        return []
    for topic in offered:
        weights[topic] = weights.get(topic, 0.0) * OFFERED_PRIOR
    return offered


def _go_on(
    weights: dict[str, float], reading: Reading, topics: Mapping[str, Topic], *, is_named: bool
) -> float:
    """Make rarer what has nothing to do with an answer that was given; return what speaks for a follow-up, taken out."""
    if not is_named and _is_put_to_both(reading):
        weights[FOLLOW_UP] = weights.get(FOLLOW_UP, 0.0) + weights.pop(ABOUT_BOT, 0.0)
    if _says_only_how(reading, topics):
        weights[FOLLOW_UP] = weights.get(FOLLOW_UP, 0.0) + weights.pop(NONE, 0.0)
    weights[NONE] = weights.get(NONE, 0.0) * _foreign_prior(reading)
    weights[ABOUT_BOT] = weights.get(ABOUT_BOT, 0.0) * ABOUT_US_PRIOR
    return weights.pop(FOLLOW_UP, 0.0) * FOLLOW_UP_PRIOR


def _lean(
    weights: dict[str, float],
    judgement: Judgement,
    session: Session,
    topics: Mapping[str, Topic],
    focus: str,
    *,
    follow_up: float,
    is_bare: bool,
    is_detail: bool,
) -> None:
    """Let what speaks for a follow-up speak for the topic that an utterance leans on: ``focus`` or where its words lead."""
    pointed = _pointed(judgement.reading.findings)
    # "Mail?" asks for that of the offer spoken of, though mails are what another one is about.
    is_bare = is_bare and not _is_of_another(judgement, session)
    stays = is_bare and not pointed
    topic = focus if stays else _spoken_of(weights, session, focus, pointed)
    led = topic
    if not (stays or pointed) and topics[topic].is_offer:
        led = _led_to(weights, topic, judgement.reading, session, follow_up=follow_up, topics=topics)
    prior = FOCUS_PRIOR if led == topic else 1.0
    is_sure = is_bare or is_detail or led in pointed
    weights[led] = weights.get(led, 0.0) * prior + follow_up + (CERTAIN if is_sure else 0.0)


def _foreign_prior(reading: Reading) -> float:
    """Return how much rarer foreign talk is after an answer: the fewer words, the rarer, unless a contact is asked for.

    "Krieg ich ein Protokoll", but not "die Nummer der Stadtwerke".
    """
    if reading.questions:
        return FOREIGN_PRIOR
    count = len(spoken(reading.mended))
    return next((prior for most, prior in FOREIGN_IN_FEW_WORDS if count <= most), FOREIGN_PRIOR)


def _rule_out(weights: dict[str, float], reading: Reading, named: Sequence[str]) -> None:
    """Make what is named only to be denied or because it is over rarer."""
    for hit in reading.names:
        if hit.stance is not Stance.MEANT and hit.topic not in named:
            factor = RULED_OUT if hit.stance is Stance.NEGATED else ALREADY_DONE
            weights[hit.topic] = weights.get(hit.topic, 0.0) * factor


def _choose_by_words(weights: dict[str, float], offered: Sequence[str], topics: Mapping[str, Topic]) -> None:
    """Let a follow-up to a question back count for the one offer that its words are for, offered or not.

    "ZASTEX oder ASSKomm?" – "könnten die das moderieren?"
    """
    follow_up = weights.get(FOLLOW_UP, 0.0)
    others = sorted(
        (topic.id for topic in topics.values() if topic.is_offer),
        key=lambda topic: weights.get(topic, 0.0),
    )
    best = others.pop()
    least = (FAVOURED if best in offered else NEW_OTHER) * follow_up
    rival = max(weights.get(topic, 0.0) for topic in {*offered, *others} - {best})
    if weights.get(best, 0.0) > max(least, FAR_MORE * rival):
        weights[best] += weights.pop(FOLLOW_UP, 0.0)


def is_surely_other(judgement: Judgement, covered: Set[str], focus: Intent | None) -> bool:
    """Return whether an utterance alone surely means another topic of the source than ``focus``."""
    best = judgement.candidates[0]
    return best.topic in covered - {focus.topic if focus else ""} and best.confidence >= SURE


def _is_of_another(judgement: Judgement, session: Session) -> bool:
    """Return whether a bare question surely means an offer not spoken of, by a word of its own: "die Adresse vom Portal"."""
    best = judgement.candidates[0]
    is_pointed = best.topic in _pointed(judgement.reading.findings)
    return is_pointed and best.confidence >= SELF_EXPLANATORY and best.topic not in references.spoken(session)


def is_likely_other(judgement: Judgement, focus: Intent | None) -> bool:
    """Return whether an utterance alone likely means another topic than ``focus``."""
    best = judgement.candidates[0]
    return (
        focus is not None and best.topic not in (focus.topic, NONE, FOLLOW_UP) and best.confidence >= LIKELY
    )


def _is_reply(reading: Reading, session: Session) -> bool:
    """Return whether an utterance may answer a question back: "die Analyse natürlich"."""
    if session.misses or session.emergency:
        return False
    return not may_ask(reading) and not reading.questions and len(reading.mended) <= LONGEST_REPLY


def _pointed(found: Findings) -> set[str]:
    """Return the topics that words of theirs point to ("die Meldestelle"), unless denied ("da hilft kein Heft")."""
    denied = {hit.end for hit in found.signals if hit.id == Signal.NEGATION}
    return {hit.id for hit in found.references if hit.start not in denied}


def _is_of_bot(session: Session) -> bool:
    """Return whether the bot spoke of itself last, and of no offer yet: it offers to say more of itself then."""
    choices = {option.choice for option in session.options} - {ALL_OFFERS}
    return session.focus is None and any(choice.startswith(f"{ABOUT_BOT}.") for choice in choices)


def _is_detail(topic: str, judgement: Judgement, topics: Mapping[str, Topic]) -> bool:
    """Return whether a finer point of ``topic`` is wanted: "nein, nicht das Training, die Förderung"."""
    clearer = (c for c in judgement.candidates if c.topic != topic and c.confidence >= LIKELY)
    if any(c.topic in topics for c in clearer):
        return False
    return any(hit.id.partition(".")[0] == topic for hit in judgement.reading.findings.details)


def _is_rejected(weights: Mapping[str, float], topic: str, session: Session) -> bool:
    """Return whether a correction is aimed at ``topic``: not after a refusal, nor if it is asked for anew."""
    return not session.misses and weights.get(topic, 0.0) < SELF_EXPLANATORY


def _says_only_how(reading: Reading, topics: Mapping[str, Topic]) -> bool:
    """Return whether an utterance says nothing but how or where something came, in words of an offer: "per Brief"."""
    if len(reading.mended) > LONGEST_WAY:
        return False
    fields = {field for topic in topics.values() for field in topic.fields | topic.shared_fields}
    return says_only(reading, covered(hit for hit in reading.findings.concepts if hit.id in fields))


def says_only(reading: Reading, said: Set[int]) -> bool:
    """Return whether an utterance says something at the places ``said``, and else only that it came so: "per Post kams"."""
    beside = said | covered(hit for hit in reading.findings.signals if hit.id in _AROUND_A_WAY)
    beside |= covered(hit for hit in reading.findings.questions if hit.end - 1 in said)  # "E-Mail"
    between = grammar.WAYS | grammar.ARTICLES | grammar.HAPPENING | grammar.STRESSING | SIGNS | {grammar.FOR}
    return bool(said) and all(place in beside or word in between for place, word in enumerate(reading.mended))


def _is_put_to_both(reading: Reading) -> bool:
    """Return whether an utterance asks what could be asked of an offer and of the bot, and does not address the bot."""
    return bool(reading.questions) and not reading.findings.has_signal(Signal.ADDRESSED)


def _dealing(
    weights: Mapping[str, float], now: str, reading: Reading, session: Session, topics: Mapping[str, Topic]
) -> str:
    """Return the offer that deals with what a follow-up speaks of: "und gibt es Kurse?"; ``now`` if it does as well."""
    fields = _spoken_fields(reading)
    if not fields.isdisjoint(topics[now].fields | topics[now].shared_fields):
        return now
    dealing = [
        topic.id for topic in topics.values() if topic.is_offer and not fields.isdisjoint(topic.fields)
    ]
    dealt = max(dealing, key=lambda offer: weights.get(offer, 0.0), default=now)
    is_expected = reading.findings.has_signal(Signal.ARRIVAL) or dealt in references.spoken(session)
    least = 0.0 if is_expected else DEALING_OTHER
    return dealt if weights.get(dealt, 0.0) > max(least, FAR_MORE * weights.get(now, 0.0)) else now


def _led_to(
    weights: Mapping[str, float],
    now: str,
    reading: Reading,
    session: Session,
    *,
    follow_up: float,
    topics: Mapping[str, Topic],
) -> str:
    """Return the offer that a follow-up leads to by its words: "und was gibt es gegen Hass im Internet?"; else ``now``."""
    dealt = _dealing(weights, now, reading, session, topics)
    if dealt != now or reading.questions:
        return dealt
    offers = [topic.id for topic in topics.values() if topic.is_offer]
    likeliest = max(offers, key=lambda offer: weights.get(offer, 0.0))
    chance = weights.get(likeliest, 0.0)
    is_clear = chance > NEW_OTHER * follow_up and chance > FAR_MORE * weights.get(now, 0.0)
    return likeliest if is_clear else now


def _spoken_fields(reading: Reading) -> set[str]:
    """Return the word fields of what is spoken of, but for the way in which somebody is to be reached and nothing came.

    "Und die Mail?", "kann ich die auch per WhatsApp erreichen"
    """
    found = reading.findings
    came = found.has_signal(Signal.ARRIVAL)
    wanted = set() if came else covered(found.questions)
    if not came and any(hit.id == Aspect.CONTACT for hit in found.aspects):
        wanted |= {
            place for place in range(1, len(reading.mended)) if reading.mended[place - 1] in grammar.MEANS
        }
    # Of "nicht im Netz" the net is not what is spoken of.
    longest = [hit for hit in found.concepts if not any(_is_part_of(hit, other) for other in found.concepts)]
    return {hit.id for hit in longest if hit.start not in wanted}


def _is_part_of(hit: Hit, other: Hit) -> bool:
    """Return whether ``other`` is longer and covers ``hit``."""
    return other.start <= hit.start and hit.end <= other.end and hit.end - hit.start < other.end - other.start


def _spoken_of(weights: Mapping[str, float], session: Session, focus: str, pointed: Set[str]) -> str:
    """Return which of the topics spoken about is meant: the last one unless the words point to another.

    "Drohung per Post und auf Facebook" – "Facebook wo?" – "und Post?"; ``pointed`` are those that a word
    of theirs points to ("die Meldestelle").
    """
    others = [intent.topic for intent in (*session.pair, *session.earlier)]
    if focus not in pointed and (meant := [topic for topic in others if topic in pointed]):
        return meant[-1]
    likeliest = max(others, key=lambda topic: weights.get(topic, 0.0), default=focus)
    clear = max(CLEARLY_OTHER, CLEARLY_MORE * weights.get(focus, 0.0))
    return likeliest if weights.get(likeliest, 0.0) > clear else focus
