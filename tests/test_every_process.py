"""Every process gives the same answers to the last digit, in whatever order its sets happen to be."""

from __future__ import annotations

import os
import subprocess
import sys

from bot.knowledge import Knowledge
from bot.matching.model import Model
from tests.conftest import ROOT

SEEDS = ("1", "2", "3", "4")
TALKING = """
from tests.learned import fresh_bot
from tests.test_robustness import FIRST_TURNS

HANDLED = (
    "hinter mir hängt seit Wochen derselbe graue Wagen", "und für Ehrenamtliche?", "und wer hat sie geschrieben",
    "und der Brief?", "die Mail ist raus", "zum dritten Mal schon",
)
bot = fresh_bot()
for topic in ("zastex", "asskomm", "zmi", "expertennetzwerk"):
    for text in (topic, *HANDLED):
        print(bot.respond(topic, text))
for text in FIRST_TURNS:
    print(bot.respond("first turns", text))
"""


def test_the_order_of_sets_changes_nothing(content: tuple[Knowledge, Model]) -> None:
    talking = [
        subprocess.Popen(
            [sys.executable, "-c", TALKING],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in SEEDS
    ]
    said = [process.communicate()[0] for process in talking]
    assert [process.returncode for process in talking] == [0] * len(SEEDS)
    first = said[0].splitlines()
    assert len(first) > 100
    assert all(other.splitlines() == first for other in said[1:])
