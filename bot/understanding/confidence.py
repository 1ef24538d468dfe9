"""The scale of confidences that decide by themselves, each 0 to 1, of whatever they are: a topic, a side of it, danger.

The costs in ``decision`` weigh answers, questions back and refusals against each other. Rules that look at one
probability alone ask whether it reaches a step of this scale. A threshold that only one rule needs stands in that
rule's module, with what it is of.
"""

from __future__ import annotations

from collections.abc import Container

from bot.matching.model import Candidate

DOUBT = 0.05
"""Of danger: somebody may be in it. Below, no alarm is raised, so that nobody asks how near it is."""
LIKELY = 0.4
"""It is rather so than not, among several that are possible."""
SURE = 0.6
"""It is taken for what is meant where nothing else speaks against it."""
SELF_EXPLANATORY = 0.7
"""An utterance needs nothing that was said before to be understood so."""
SURELY = 0.9
"""It can hardly be otherwise: it goes before what was said before, and what cannot be undone may be done."""


def explains_itself(candidate: Candidate, topics: Container[str]) -> bool:
    """Return whether ``candidate`` is one of ``topics``, and so likely that nothing said before is needed."""
    return candidate.topic in topics and candidate.confidence >= SELF_EXPLANATORY
