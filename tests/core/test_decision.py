"""The cheapest course is taken; the costs order the courses as they should."""

from __future__ import annotations

from bot.matching.model import Candidate
from bot.reply import Course
from bot.understanding.decision import Costs, Risk, decide, is_alarm

FOREIGN = frozenset(["none"])


def course(**chances: float) -> tuple[Course, tuple[str, ...]]:
    ordered = sorted(chances.items(), key=lambda item: -item[1])
    decision = decide([Candidate(topic, chance) for topic, chance in ordered], FOREIGN, Costs())
    return decision.course, decision.topics


def test_sure_is_answered() -> None:
    assert course(zastex=0.95, none=0.05) == (Course.ANSWER, ("zastex",))


def test_two_close_ones_are_asked() -> None:
    assert course(zastex=0.5, zmi=0.45, none=0.05) == (Course.CLARIFY, ("zastex", "zmi"))


def test_foreign_is_refused() -> None:
    assert course(none=0.9, zmi=0.1) == (Course.FALLBACK, ())


def test_at_most_three_are_offered() -> None:
    assert len(course(a=0.25, b=0.25, c=0.25, d=0.25)[1]) == 3


def test_nothing_known_is_refused() -> None:
    assert course(none=1.0) == (Course.FALLBACK, ())


def test_small_talk_is_answered_but_never_offered() -> None:
    candidates = [Candidate("smalltalk", 0.4), Candidate("zmi", 0.35), Candidate("zastex", 0.25)]
    decision = decide(candidates, FOREIGN, Costs(), unasked=frozenset(["smalltalk"]))
    assert (decision.course, decision.topics) == (Course.CLARIFY, ("zmi", "zastex"))


def test_what_was_spoken_of_last_is_hardly_asked_for() -> None:
    """ "Gehören die zum Innenministerium?" is asked of what was answered before, though something else is likely."""
    candidates = [Candidate("asskomm", 0.5), Candidate("broschuere", 0.3), Candidate("none", 0.2)]
    assert decide(candidates, FOREIGN, Costs()).course is Course.CLARIFY
    assert decide(candidates, FOREIGN, Costs(), spoken="asskomm").course is Course.ANSWER
    assert decide(candidates, FOREIGN, Costs(), spoken="broschuere").course is Course.CLARIFY
    foreign = [Candidate("asskomm", 0.5), Candidate("none", 0.46), Candidate("broschuere", 0.04)]
    assert decide(foreign, FOREIGN, Costs(), spoken="asskomm").course is Course.CLARIFY


def test_what_was_spoken_of_last_is_offered_beside_the_only_likely_one() -> None:
    candidates = [
        Candidate("zastex", 0.5),
        Candidate("none", 0.45),
        Candidate("broschuere", 0.03),
        Candidate("zmi", 0.02),
    ]
    assert decide(candidates, FOREIGN, Costs()).topics == ("zastex", "broschuere")
    assert decide(candidates, FOREIGN, Costs(), spoken="zmi").topics == ("zastex", "zmi")


def test_alarm_needs_less_certainty_with_a_word_of_danger() -> None:
    costs = Costs()

    def least(*, is_worded: bool, is_terse: bool, is_distant: bool = False, is_idle: bool = False) -> float:
        chances = (n / 100 for n in range(101))
        return next(
            chance
            for chance in chances
            if is_alarm(
                Risk(chance, is_worded=is_worded, is_terse=is_terse, is_distant=is_distant, is_idle=is_idle),
                costs,
            )
        )

    wordless = least(is_worded=False, is_terse=False)
    assert least(is_worded=True, is_terse=False) == least(is_worded=True, is_terse=True) < wordless < 0.5
    assert 0.5 < least(is_worded=False, is_terse=True) < 0.95
    assert 0.5 < least(is_worded=True, is_terse=False, is_distant=True) < 0.95
    distant = least(is_worded=True, is_terse=False, is_distant=True)
    idle = least(is_worded=True, is_terse=False, is_idle=True)
    remote = least(is_worded=True, is_terse=False, is_distant=True, is_idle=True)
    assert distant < idle < remote < 0.95
