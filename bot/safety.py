"""Recognises acute danger and despair by fixed signals, before anything else runs.

This part needs no learned model: it works when the matcher is broken. What the
signals miss, the model finds (``Judgement.danger``); both lead to the same reply.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence

from bot import grammar, knowledge
from bot.distance import Distance
from bot.layout import DESPAIR, HARM
from bot.matching.patterns import Hit, Patterns, covered
from bot.reply import Outcome, Reply
from bot.text import Word, fold_word, sentence_end, sentence_start

TOPIC = "notruf"
_MOST_CLAIMS = 20
"""All-clears of a message that are looked at: who says it oftener says nothing more."""
_NEAR = 3
"""Words before an all-clear within which a negation denies it."""
_AND = "und"
_LONGEST_THREAT = 25
"""Words beyond which a message that threatens ("ich bring ihn um") tells of what somebody else said."""
_FEW = 3
"""Words up to which "hilfe" is a cry; in "danke für die hilfe" it is none."""
_LONGEST_WISH = 5
"""Words from "soll" to the end within which only that is told: "soll mich endlich umbringen"."""
_SHORTEST_SENTENCE = 4
"""Fewer words than that are no sentence: they deny only with a plain "nicht" ("ich bin in Sicherheit, meine Frau nicht")."""


class Safety:
    """The fixed signals of ``safety.yaml`` and the replies to an emergency.

    ``negations`` deny an all-clear, as the words do that the content adds to them; beside ``fillers`` nothing may
    be said of who is gone but that it is a threat. What words in ``known`` signal is remembered.
    """

    def __init__(
        self,
        content: knowledge.Safety,
        negations: Iterable[str],
        fillers: Iterable[str],
        known: Container[str] = (),
    ) -> None:
        self._negations = frozenset(map(fold_word, (*negations, *content.denials)))
        self._of_threats = self._negations.union(map(fold_word, (*content.threats, *fillers)))
        self._still = Patterns({"still": content.still})
        self._arrived = Patterns({"arrived": content.arrived})
        self._always = Patterns(content.always, known)
        self._distance = Distance(content)
        alarms = content.alarms
        self._replies = {kind: _reply(alarm) for kind, alarm in alarms.items()}
        self._meanwhile = {kind: _meanwhile(alarm) for kind, alarm in alarms.items()}
        self._foreseen = {
            kind: Patterns({str(place): said.ask for place, said in enumerate(alarm.meanwhile)})
            for kind, alarm in alarms.items()
        }
        self._all_clear = {kind: Patterns({kind: alarm.all_clear}) for kind, alarm in alarms.items()}
        self._gone = {kind: Patterns({kind: alarm.gone}) for kind, alarm in alarms.items()}
        self._unless_of = {kind: Patterns({kind: alarm.unless}) for kind, alarm in alarms.items()}
        self._unknown = {
            kind: _emergency(alarm, alarm.unknown) for kind, alarm in alarms.items() if alarm.unknown
        }
        self.next = {kind: alarm.next for kind, alarm in alarms.items()}
        self.reminders = {kind: alarm.reminder for kind, alarm in alarms.items()}
        self.over = {kind: alarm.over for kind, alarm in alarms.items()}

    # --- is somebody in danger ------------------------------------------------------

    def signal(self, text: str, found: Sequence[Word]) -> str | None:
        """Return the kind of emergency that a sentence of a cleaned ``text`` signals, if any.

        A phrase that shows a past, rehearsed or imagined event silences the
        signals of its sentence; then the learned examples decide.
        """
        start = 0
        while start < len(found):
            end = sentence_end(text, found, start)
            kind = self._signal_of(text, found, start, end)
            if kind is not None:
                return kind
            start = end
        return None

    def _signal_of(self, text: str, found: Sequence[Word], start: int, end: int) -> str | None:
        """Return what the sentence [start, end) signals."""
        folded = [word.folded for word in found[start:end]]
        hits = self._always.find(folded)
        is_own = bool(hits) and _is_own_despair(hits, folded)
        if not hits or self._distance.is_distant(folded, is_own=is_own):
            return None
        if not is_own:
            hits = self._of_people(text, found[start:end], hits)
        if not hits:
            return None
        if any(hit.id == HARM for hit in hits):
            is_told = self._is_told(text, found)
            hits = [
                h for h in hits if h.id != HARM or (not is_told and _is_announced(text, found[start:end], h))
            ]
            if not hits:
                return None
        # One alarming word in a longer sentence may be a figure of speech; a phrase is not.
        longest = max(hits, key=lambda hit: hit.end - hit.start)
        plain = [word for word in folded if word not in "?!"]
        if longest.end - longest.start == 1 and len(plain) > 2:
            return None
        return longest.id

    def _of_people(self, text: str, found: Sequence[Word], hits: Sequence[Hit]) -> list[Hit]:
        """Return the ``hits`` that are not said of a thing: "das Mikrofon würgt mich ab"."""
        failures = self._distance.failures(text, found)
        places = covered(failures)
        return [hit for hit in hits if places.isdisjoint(range(hit.start, hit.end))]

    def _is_told(self, text: str, found: Sequence[Word]) -> bool:
        """Return whether a text repeats what somebody else said or wrote: "er schrieb: ich mach den fertig"."""
        folded = [word.folded for word in found]
        is_quoted = not grammar.QUOTES.isdisjoint(text)
        return is_quoted or len(found) > _LONGEST_THREAT or bool(self._unless_of[HARM].find(folded))

    def wish_of_others(self, folded: Sequence[str]) -> int:
        """Return where folded words begin to tell, at their end, what others want one to do to oneself; -1 if they do not.

        "In dem Brief steht, ich soll sterben", not what voices want, nor "sie sagen, ich soll sterben, und ich mach es".
        """
        start = _start_of_wish(folded)
        is_told = start > 0 and bool(self._unless_of[HARM].find(folded[:start]))
        return start if is_told and grammar.VOICES.isdisjoint(folded) else -1

    def is_distant(self, folded: Sequence[str]) -> bool:
        """Return whether folded words show a past, rehearsed or imagined event."""
        return self._distance.is_distant(folded)

    # --- is it over -----------------------------------------------------------------

    def all_clear(self, kind: str, text: str, found: Sequence[Word]) -> tuple[int, int] | None:
        """Return the words [start, end) of a cleaned ``text`` that say that an emergency of ``kind`` is over.

        ``None`` if nothing says so: a question ("bin ich in Sicherheit?") does not, nor a text that
        denies it as well ("er ist weg, aber es ist noch nicht vorbei").
        """
        hits = self._claims(kind, text, found)
        claims = [
            hit
            for hit in self._said_of_threats(kind, text, found, hits)
            if not self._denials(text, found, hit, hits)
        ]
        if not claims or self.goes_on(kind, text, found):
            return None
        return min(hit.start for hit in claims), max(hit.end for hit in claims)

    def goes_on(self, kind: str, text: str, found: Sequence[Word]) -> bool:
        """Return whether a cleaned ``text`` denies that an emergency of ``kind`` is over: "noch nicht vorbei".

        So does who hopes for it ("wenn er weg ist, ist es vorbei"). "Keine Sorge, alles gut" does not: what is denied there ends at the comma. Who is in danger still counts as
        well: "er ist weg, sein Freund steht noch da", "die Kinder sind in Sicherheit, aber ich nicht".
        """
        hits = self._claims(kind, text, found)
        if any(self._denials(text, found, hit, hits) or _is_conditional(text, found, hit) for hit in hits):
            return True
        return bool(hits) and (self._is_contrasted(text, found, hits[0]) or self._lasts(found, hits))

    def is_qualified(self, found: Sequence[Word], clear: tuple[int, int]) -> bool:
        """Return whether the words ``clear`` say only that help is there, and what follows takes something of it back.

        "Die Polizei ist da, aber nur zwei": help alone ends no danger.
        """
        start, end = clear
        folded = [word.folded for word in found]
        hits = self._arrived.find(folded[start:end])
        is_all = any(hit.start == 0 for hit in hits) and any(hit.end == end - start for hit in hits)
        return is_all and (
            grammar.CONTRAST in folded[end:] or not grammar.ONLY.isdisjoint(folded[end : end + 1])
        )

    def says_more(self, found: Sequence[Word], clear: tuple[int, int]) -> bool:
        """Return whether anything is said beside the words ``clear`` but who is gone, fillers apart."""
        start, end = clear
        return any(word.folded not in self._of_threats for word in (*found[:start], *found[end:]))

    def denies(self, folded: Sequence[str]) -> bool:
        """Return whether one of the folded words denies something: "nichts ist gut"."""
        return not self._negations.isdisjoint(folded)

    def _claims(self, kind: str, text: str, found: Sequence[Word]) -> list[Hit]:
        """Return where it is said, not asked, that something is over, in the order of the words."""
        folded = [word.folded for word in found]
        hits = []
        claims = sorted((*self._all_clear[kind].find(folded), *self._gone[kind].find(folded)), key=_start)
        for hit in claims[:_MOST_CLAIMS]:
            begin, end = sentence_start(text, found, hit.start), sentence_end(text, found, hit.end - 1)
            is_asked = (
                folded[end - 1] == "?"
                or folded[begin] in grammar.OPENING
                or (
                    hit.start == begin and folded[begin] in grammar.ARE and folded[begin + 1] in grammar.THOSE
                )
            )
            is_doubted = grammar.WHETHER in folded[max(begin, hit.start - _NEAR) : hit.start]
            if not is_asked and not is_doubted and not _comes_from_somewhere(text, found, hit):
                hits.append(hit)
        return hits

    def _said_of_threats(
        self, kind: str, text: str, found: Sequence[Word], hits: Iterable[Hit]
    ) -> Iterator[Hit]:
        """Yield the ``hits`` that tell that the emergency is over: who is gone must be a threat, and not one of several."""
        folded = [word.folded for word in found]
        clear = {(hit.start, hit.end) for hit in self._all_clear[kind].find(folded)}
        for hit in hits:
            if not self._is_of_some(text, found, hit) and (
                (hit.start, hit.end) in clear or self._is_of_threat(text, found, hit)
            ):
                yield hit

    def _is_of_some(self, text: str, found: Sequence[Word], hit: Hit) -> bool:
        """Return whether what ``hit`` tells is told of some who leave others behind: "einer ist weg", "ein paar Typen sind weg".

        "Eine Streife hat ihn mitgenommen" and "bei einer Nachbarin in Sicherheit" are not, nor is what is over over for some.
        """
        if found[hit.end - 1].folded in (grammar.SAFETY, grammar.OVER):
            return False
        goes_on = self._of_threats | grammar.HAPPENED
        return any(
            found[place].folded in grammar.PARTS
            and (place + 1 == hit.start or found[place + 1].folded in goes_on)
            and found[place - 1 if place else place].folded not in grammar.PREPOSITIONS
            for place in range(_clause(text, found, hit)[0], hit.start)
        )

    def _is_of_threat(self, text: str, found: Sequence[Word], hit: Hit) -> bool:
        """Return whether the clause of ``hit`` tells of a threat or oneself and of nothing else: not "mein Sohn ist weg".

        Where one is oneself may be told: "ich bin bei meiner Schwester in Sicherheit".
        """
        start, end = _clause(text, found, hit)
        clause = [word.folded for word in found[start:end]]
        is_mine = clause[0] in grammar.MYSELF or grammar.AM in clause
        is_safe = found[hit.end - 1].folded == grammar.SAFETY and is_mine
        if is_safe and self._negations.isdisjoint(clause) and grammar.YET not in clause:
            return True
        return all(
            found[place].folded in self._of_threats
            for place in (*range(start, hit.start), *range(hit.end, end))
        )

    def _denials(self, text: str, found: Sequence[Word], hit: Hit, hits: Iterable[Hit]) -> list[int]:
        """Return the places of the negations shortly before ``hit`` in its sentence, and behind it in its clause.

        One that is part of another of the ``hits`` denies nothing ("niemand verletzt alles gut"), nor one that a
        comma ends ("keine Sorge, alles gut").
        """
        begin = max(sentence_start(text, found, hit.start), hit.start - _NEAR)
        covered = {place for other in hits for place in range(other.start, other.end)}
        places = (*range(begin, hit.start), *range(hit.end, _clause(text, found, hit)[1]))
        return [
            place
            for place in places
            if found[place].folded in self._negations
            and place not in covered
            and not (place < hit.start and _is_other_clause(text, found, place, hit.start))
        ]

    def _is_contrasted(self, text: str, found: Sequence[Word], claim: Hit) -> bool:
        """Return whether a clause behind ``claim`` denies it for somebody else: "aber ich nicht", "meine Frau nicht"."""
        start = claim.end
        while start < len(found):
            end = _clause(text, found, Hit("", start, start + 1))[1]
            said = [word.folded for word in found[start:end] if word.folded not in "?!"]
            follows = found[start - 1].folded == grammar.CONTRAST
            if said and said[-1] in (self._negations if follows else grammar.NOT):
                return follows or len(said) < _SHORTEST_SENTENCE
            is_short = len(said) < _SHORTEST_SENTENCE
            if said and is_short and (said[-1] == grammar.INDEED or (follows and said[0] in grammar.OTHERS)):
                return True
            start = end
        return False

    def _lasts(self, found: Sequence[Word], claims: Iterable[Hit]) -> bool:
        """Return whether a phrase beside ``claims`` says that it goes on: "einer ist noch da"."""
        covered = {place for hit in claims for place in range(hit.start, hit.end)}
        still = self._still.find([word.folded for word in found])
        return any(not covered.issuperset(range(hit.start, hit.end)) for hit in still)

    # --- what is said ---------------------------------------------------------------

    def reply(self, kind: str) -> Reply:
        """Return what to say to an emergency of ``kind``."""
        return self._replies[kind]

    def is_foreseen(self, kind: str, folded: Sequence[str]) -> bool:
        """Return whether the content has a sentence of its own for these words in an emergency of ``kind``."""
        return bool(self._meant(kind, folded))

    def meanwhile(self, kind: str, folded: Sequence[str]) -> Reply:
        """Return what to say to these words while an emergency of ``kind`` lasts.

        Of several sentences that fit the first one of the content is taken, of none the one for a question
        without an answer if they ask ("was wird aus dem auto"), else the last one.
        """
        meant = self._meant(kind, folded)
        if not meant and self.asks(folded):
            return self._unknown.get(kind, self._meanwhile[kind][-1])
        return self._meanwhile[kind][min(meant, default=-1)]

    @staticmethod
    def asks(folded: Sequence[str]) -> bool:
        """Return whether folded words are a question, also a short one: "und die presse"."""
        words = [word for word in folded if word not in "?!"]
        if "?" in folded and len(words) > 1:
            return True
        carries_on = words[:1] == [_AND]
        begin = words[carries_on : carries_on + 2]
        if begin and begin[0] in grammar.QUESTION_WORDS:
            return True
        if carries_on:
            follows = grammar.ARTICLES | grammar.FROM_NOW
            return len(words) <= _FEW and not follows.isdisjoint(begin)
        return len(words) > 2 and begin[0] in grammar.AUXILIARIES and begin[1] in grammar.SUBJECTS

    def _meant(self, kind: str, folded: Sequence[str]) -> list[int]:
        """Return the places of the sentences that fit; a single word counts only if little else is said."""
        plain = [word for word in folded if word not in "?!"]
        hits = self._foreseen[kind].find(plain)
        return [int(hit.id) for hit in hits if hit.end - hit.start > 1 or len(plain) <= _FEW]


def _is_announced(text: str, found: Sequence[Word], hit: Hit) -> bool:
    """Return whether ``hit`` tells of an act against a third person, and its clause ends there.

    "Ich bring ihn um", not "ich bring mich um" nor "ich bring es um acht".
    """
    is_own = any(word.folded in grammar.ONESELF for word in found[hit.start : hit.end])
    return not is_own and _ends_its_clause(text, found, hit)


def _ends_its_clause(text: str, found: Sequence[Word], hit: Hit) -> bool:
    """Return whether nothing of its clause follows ``hit`` if it ends with a prefix: not "ist aus dem Keller"."""
    if found[hit.end - 1].folded not in grammar.PREFIXES:
        return True
    is_last = hit.end == len(found) or grammar.ends_clause(text, found[hit.end - 1], found[hit.end])
    return is_last or found[hit.end].folded in grammar.CARRYING_ON or found[hit.end].folded in "?!"


def _start_of_wish(folded: Sequence[str]) -> int:
    """Return where "ich soll sterben" or "dass ich sterben soll" begins at the end of folded words; -1 if neither does."""
    for place in range(len(folded) - 2, max(len(folded) - _LONGEST_WISH, 0), -1):
        if folded[place] in grammar.SHALL:
            return place - (folded[place - 1] in grammar.WRITER)
    for place in range(len(folded) - 2, max(len(folded) - _LONGEST_WISH - 2, 0), -1):
        is_last = folded[-1] in grammar.SHALL and folded[place + 1] in grammar.WRITER
        if is_last and folded[place] in grammar.SUBORDINATE:
            return place
    return -1


def _comes_from_somewhere(text: str, found: Sequence[Word], hit: Hit) -> bool:
    """Return whether ``hit`` ends with an "aus" that tells where something comes from, not that it is out."""
    if found[hit.end - 1].folded != grammar.OUT or hit.end == len(found):
        return False
    is_last = grammar.ends_clause(text, found[hit.end - 1], found[hit.end])
    return not is_last and found[hit.end].folded in grammar.FROM_WHERE


def _is_conditional(text: str, found: Sequence[Word], hit: Hit) -> bool:
    """Return whether ``hit`` holds only under a condition: "wenn er weg ist, ist es vorbei", "in Sicherheit, sobald ich raus bin"."""
    start, end = _clause(text, found, hit)
    is_of_safety = found[hit.end - 1].folded == grammar.SAFETY
    if _sets_a_condition(found[start : end if is_of_safety else hit.start], is_of_safety=is_of_safety):
        return True
    if start and text[found[start - 1].end : found[start].start].startswith(","):
        before = _clause(text, found, Hit("", start - 1, start))
        opens = found[start].folded in grammar.FOLLOWING
        if opens and _sets_a_condition(found[before[0] : before[0] + 2], is_of_safety=is_of_safety):
            return True
    follows = found[end : end + 2] if text[found[end - 1].end :].startswith(",") else ()
    return is_of_safety and _sets_a_condition(follows, is_of_safety=True)


def _sets_a_condition(found: Sequence[Word], *, is_of_safety: bool) -> bool:
    """Return whether one of the words sets a condition; "erst" does only for one's own safety."""
    return any(
        word.folded in grammar.CONDITIONS and (is_of_safety or word.folded != grammar.NOT_BEFORE)
        for word in found
    )


def _is_own_despair(hits: Sequence[Hit], folded: Sequence[str]) -> bool:
    return any(hit.id == DESPAIR for hit in hits) and not grammar.FIRST_PERSON.isdisjoint(folded)


def _start(hit: Hit) -> int:
    return hit.start


def _clause(text: str, found: Sequence[Word], hit: Hit) -> tuple[int, int]:
    """Return the words [start, end) of the clause that ``hit`` is in; "und" ends one."""
    return grammar.clause(text, found, hit.start, hit.end, grammar.JOINING)


def _is_other_clause(text: str, found: Sequence[Word], denial: int, claim: int) -> bool:
    """Return whether a comma ends what is denied: "keine Sorge, alles gut", not "ich glaube nicht, dass es vorbei ist"."""
    return any(
        "," in text[found[place].end : found[place + 1].start]
        and found[place + 1].folded not in grammar.SUBORDINATE
        for place in range(denial, claim)
    )


def _reply(alarm: knowledge.Alarm) -> Reply:
    after = (alarm.after,) if alarm.after else ()
    return _emergency(alarm, (*alarm.paragraphs, *after))


def _meanwhile(alarm: knowledge.Alarm) -> list[Reply]:
    return [_emergency(alarm, said.paragraphs) for said in alarm.meanwhile] or [_reply(alarm)]


def _emergency(alarm: knowledge.Alarm, paragraphs: tuple[str, ...]) -> Reply:
    return Reply(Outcome.EMERGENCY, paragraphs, contacts=alarm.contacts, topics=(TOPIC,))
