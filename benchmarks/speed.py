"""Prints what an answer, a start and the memory cost: ``python -m benchmarks.speed``.

Times are CPU and wall seconds on this machine; compare the ratios, not the
figures, with those of another. ``--growth`` fits contents with up to a hundred
times as many offers, made of the shipped ones, and prints the growth curve.
"""

from __future__ import annotations

import argparse
import gc
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from bot.content import loading
from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching import cache
from bot.matching.model import Model
from bot.measuring.evaluation import read
from bot.text import Utterance

QUESTIONS = Path(__file__).resolve().parent.parent / "tests" / "questions" / "dev.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--growth", action="store_true", help="print the growth curve (minutes)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # First, while this process is small: a child is counted at least as large as its parent.
        _starts(Path(folder))
        content, model = _loads(Path(folder) / "anew")
        _answers(content, model)
    if arguments.growth:
        _growth(content)


def _loads(folder: Path) -> tuple[Knowledge, Model]:
    begun, used = time.perf_counter(), time.process_time()
    loaded = cache.load(loading.shipped(), [folder])
    cold, cpu = time.perf_counter() - begun, time.process_time() - used
    begun = time.perf_counter()
    cache.load(loading.shipped(), [folder])
    warm = time.perf_counter() - begun
    lines = len(loaded[0].lines)
    print(f"load, {lines} lines learned anew   {cold:7.2f} s ({cpu:.2f} s CPU)")
    print(f"load, learned before               {warm:7.3f} s")
    return loaded


def _answers(content: Knowledge, model: Model) -> None:
    bot = Bot(content, model)
    gc.freeze()  # as the command does
    texts = [question.text for question in read(QUESTIONS)]
    for text in texts[:50]:
        bot.respond("warm", text)
    seconds = []
    for number, text in enumerate(texts * 3):
        begun = time.perf_counter()
        bot.respond(str(number), text)
        seconds.append(time.perf_counter() - begun)
    _row("one answer", seconds)
    judged = []
    for text in texts * 3:
        begun = time.perf_counter()
        bot.judge(text)
        judged.append(time.perf_counter() - begun)
    _row("of that, judging", judged)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process        {peak:7.0f} MB (learning included)")


def _starts(folder: Path) -> None:
    environment = {**os.environ, "LOTSE_STATE_DIR": str(folder)}
    command = [sys.executable, "-m", "bot", "ask", "Telefon ZASTEX"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    seconds, memory = [], []
    for _ in range(5):
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        seconds.append(time.perf_counter() - begun)
        memory.append(usage.ru_maxrss / 1024)
    print(f'lotse ask "…" from a cold start    {statistics.median(seconds):7.2f} s, {max(memory):.0f} MB')


def _growth(content: Knowledge) -> None:
    base = [line for line in content.lines if line.topic in {offer.id for offer in content.offers}]
    print("offers   lines    fit s   median ms   p99 ms")
    for factor in (1, 10, 100):
        # Every copy keeps a hundredth of the lines, so that time shows the offers, not the lines.
        share = base if factor == 1 else base[:: max(1, factor // 2)]
        copies = [
            line._replace(topic=f"{line.topic}{number}", text=f"{line.text} nr{number}x")
            for number in range(factor)
            for line in share
        ]
        lines = tuple(line for line in content.lines if line not in set(base)) + tuple(copies)
        begun = time.perf_counter()
        model = Model.fit(replace(content, lines=lines))
        fitted = time.perf_counter() - begun
        seconds = []
        for question in read(QUESTIONS):
            begun = time.perf_counter()
            model.judge(Utterance.of(question.text))
            seconds.append(time.perf_counter() - begun)
        middle, rare = _quantiles(seconds)
        print(f"{5 * factor:6d} {len(lines):7d} {fitted:8.1f} {middle:11.2f} {rare:8.2f}")


def _row(name: str, seconds: list[float]) -> None:
    middle, rare = _quantiles(seconds)
    print(f"{name:34s} {middle:7.2f} ms median, {rare:.2f} ms p99")


def _quantiles(seconds: list[float]) -> tuple[float, float]:
    ordered = sorted(seconds)
    return 1000 * statistics.median(ordered), 1000 * ordered[int(len(ordered) * 0.99)]


if __name__ == "__main__":
    main()
