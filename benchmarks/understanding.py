"""How well and how fast questions are understood, beside classical rivals: ``python -m benchmarks.understanding``.

In one run, on the same questions and the same training lines (the shipped
content), four are asked: this bot; the nearest line by rapidfuzz; the nearest
line by BM25; linear support vector machines of scikit-learn over character
n-grams. The rivals refuse and raise the alarm as they learned it from the
off-topic and emergency lines, and take a follow-up to mean the topic before.

``--public FOLDER`` also measures them as plain classifiers on every data set
below the folder: folders with ``train_10/``, ``valid/`` and ``test/``, each with
``seq.in`` and ``label`` (a line each), and corpora of Braun et al. 2017 ("Evaluating
Natural Language Understanding Services") as JSON. The shares of one table can
be compared, and so can its times; those of two machines cannot.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import click
import numpy as np
from rapidfuzz import fuzz, process, utils
from rich.console import Console
from rich.table import Table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from benchmarks.bm25 import Bm25
from bot.content import loading
from bot.dialogue import Bot
from bot.knowledge import Line
from bot.layout import ALARM, FOLLOW_UP, NONE
from bot.matching import features, linear, order, related, weighing
from bot.matching.kin import Kin
from bot.matching.learning import COST
from bot.matching.model import Model
from bot.matching.wordset import sum_of
from bot.measuring.evaluation import LOWER_IS_BETTER, Question, Respondent, evaluate, read
from bot.reply import Aspect, Outcome, Reply
from bot.text import clean, fold

ROOT = Path(__file__).resolve().parents[1]
EPOCHS = 8
"""Passes over the few lines of a public set; the weights stand after six."""

Labels = tuple[str, ...]


class Classifier(Protocol):
    """Learns from texts, each with one label for every side (topic, aspect), and tells them."""

    def fit(self, texts: Sequence[str], labels: Sequence[Labels]) -> None:
        """Learn; an empty label says nothing about its side."""

    def predict(self, text: str) -> Labels:
        """Return the likeliest label of every side."""


class NearestByRapidfuzz:
    """The labels of the line most like the text as a set of words (``token_set_ratio``)."""

    def fit(self, texts: Sequence[str], labels: Sequence[Labels]) -> None:
        """Keep the lines."""
        self._texts, self._labels = [utils.default_process(text) for text in texts], labels

    def predict(self, text: str) -> Labels:
        """Return the labels of the nearest line."""
        scorer = fuzz.token_set_ratio
        found = process.extractOne(utils.default_process(text), self._texts, scorer=scorer)
        return self._labels[found[2]] if found else self._labels[0]


class NearestByBm25:
    """The labels of the line that BM25 ranks first."""

    def fit(self, texts: Sequence[str], labels: Sequence[Labels]) -> None:
        """Index the lines."""
        self._index, self._labels = Bm25(texts), labels

    def predict(self, text: str) -> Labels:
        """Return the labels of the best line, of the first one if no word is known."""
        return self._labels[self._index.best(text)]


class SupportVectors:
    """Linear support vector machines over TF-IDF of 2 to 5 characters within words, one a side."""

    def fit(self, texts: Sequence[str], labels: Sequence[Labels]) -> None:
        """Fit one machine a side on the lines that have a label there."""
        self._vectors = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5))
        rows = self._vectors.fit_transform(texts)
        self._machines = []
        for side in zip(*labels, strict=True):
            chosen = [number for number, label in enumerate(side) if label]
            self._machines.append(LinearSVC().fit(rows[chosen], [side[number] for number in chosen]))

    def predict(self, text: str) -> Labels:
        """Return the label with the widest margin of every side."""
        row = self._vectors.transform([text])
        return tuple(str(machine.predict(row)[0]) for machine in self._machines)


class Matcher:
    """The features and the classifier of this bot without its names, concepts and dialogue."""

    def fit(self, texts: Sequence[str], labels: Sequence[Labels]) -> None:
        """Learn the first side of ``labels``."""
        right = [label[0] for label in labels]
        self._classes = sorted(set(right))
        narrow = related.are_narrow(len(texts), len(self._classes))
        written = [fold(clean(text)).split() for text in texts]
        known = frozenset(word for text in written for word in text)
        kin = Kin(known) if narrow else None
        counted = features.extract(written, [()] * len(texts))
        if kin is not None:
            counted = kin.added(counted, written)
        used, rarity = weighing.in_use(counted)
        if narrow:
            rarity = related.emphasised(rarity, used)
        rows = weighing.Weighed(counted, used, rarity).all()
        classes = np.array([self._classes.index(label) for label in right])
        if narrow:
            self._weights, self._bias = related.fit(rows, classes, len(self._classes), len(rarity))
        else:
            targets = 2 * np.eye(len(self._classes), dtype=np.float32)[classes] - 1
            shuffled = order.by_lot([sum_of(text) for text in texts])
            blocks = linear.layout(rows, len(rarity), [shuffled]).blocks()
            fitting = linear.Fitting(blocks, targets, COST, len(rarity))
            for _ in range(EPOCHS):
                fitting.epoch(*blocks.groups)
            self._weights, self._bias = fitting.weights, fitting.bias
        self._extractor = features.Extractor(used, rarity, known, kin.counted if kin is not None else None)

    def predict(self, text: str) -> Labels:
        """Return the class with the widest margin."""
        row = self._extractor.row(fold(clean(text)).split(), ())
        margin = linear.margins(row, self._weights, self._bias)[0]
        return (self._classes[int(margin.argmax())],)


RIVALS: dict[str, Callable[[], Classifier]] = {
    "rapidfuzz, nearest line": NearestByRapidfuzz,
    "BM25, nearest line": NearestByBm25,
    "character n-grams, linear SVM": SupportVectors,
}


class Rival:
    """A classifier that answers like a bot: what it was taught, and nothing else."""

    def __init__(self, classifier: Classifier, lines: Sequence[Line]) -> None:
        aspects = {*Aspect}
        labels = [(line.topic, line.section if line.section in aspects else "") for line in lines]
        classifier.fit([line.text for line in lines], labels)
        self._classifier = classifier
        self._before: dict[str, str] = {}

    @classmethod
    def taught(cls, kind: Callable[[], Classifier], lines: Sequence[Line]) -> Rival:
        """Return a new rival of a kind that learned ``lines``."""
        return cls(kind(), lines)

    def respond(self, conversation: str, utterance: str) -> Reply:
        """Answer with the topic and aspect that the classifier tells."""
        topic, aspect = self._classifier.predict(utterance)
        if topic == FOLLOW_UP:
            topic = self._before.get(conversation, NONE)
        if topic == NONE:
            return Reply(Outcome.FALLBACK, ())
        if topic == ALARM:
            return Reply(Outcome.EMERGENCY, (), topics=(topic,))
        self._before[conversation] = topic
        return Reply(Outcome.ANSWER, (), topics=(topic,), aspect=Aspect(aspect) if aspect else None)


@dataclass(slots=True)
class Timed:
    """Passes questions on and notes how long each answer took, in milliseconds."""

    respondent: Respondent
    times: list[float] = field(default_factory=list)

    def respond(self, conversation: str, utterance: str) -> Reply:
        """Answer as the respondent does."""
        start = time.perf_counter()
        reply = self.respondent.respond(conversation, utterance)
        self.times.append((time.perf_counter() - start) * 1000)
        return reply


def compare(questions: Sequence[Question], say: Callable[[str], object]) -> Table:
    """Return the shares and times of this bot and the rivals on ``questions``."""
    content = loading.read_folder(loading.shipped())
    lines = content.lines
    makers: dict[str, Callable[[], Respondent]] = {"this bot": lambda: Bot(content, Model.fit(content))}
    makers |= {name: partial(Rival.taught, kind, lines) for name, kind in RIVALS.items()}
    offers = [topic.id for topic in content.topics.values() if topic.source]
    title = f"{len(questions)} questions, {len(lines)} training lines; shares in %"
    table = Table(title=title, title_justify="left")
    table.add_column("")
    columns: list[list[str]] = []
    names: list[str] = []
    for name, make in makers.items():
        say(name)
        start = time.perf_counter()
        timed = Timed(make())
        learned = time.perf_counter() - start
        shares = evaluate(timed, questions, offers).shares
        table.add_column(name, justify="right")
        names = [share + (" (lower is better)" if share in LOWER_IS_BETTER else "") for share in shares]
        figures = [f"{100 * share.value:.1f}" if share.total else "-" for share in shares.values()]
        columns.append([*figures, *_times(timed.times), f"{learned:.1f}"])
    names += ["ms a question, median", "ms a question, 99 of 100 within", "s to learn"]
    for cells in zip(names, *columns, strict=True):
        table.add_row(*cells)
    return table


def _times(times: Sequence[float]) -> list[str]:
    return [f"{statistics.median(times):.3f}", f"{statistics.quantiles(times, n=100)[98]:.3f}"]


# --- public sets -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DataSet:
    """Texts with their labels, to learn from and to be asked."""

    name: str
    train: tuple[Sequence[str], Sequence[str]]
    test: tuple[Sequence[str], Sequence[str]]


def data_sets(folder: Path, part: str) -> Iterator[DataSet]:
    """Yield the data sets below ``folder``, to be asked ``part`` (``test`` or ``valid``)."""
    for train in sorted(folder.rglob("train_10")):
        if (train / "seq.in").is_file():
            yield DataSet(train.parent.name, _pairs(train), _pairs(train.parent / part))
    for path in sorted(folder.rglob("*.json")):
        corpus = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(corpus, dict) and "sentences" in corpus:
            yield DataSet(path.stem, *(_sentences(corpus, training) for training in (True, False)))


def _pairs(folder: Path) -> tuple[list[str], list[str]]:
    texts, labels = ((folder / name).read_text(encoding="utf-8").splitlines() for name in ("seq.in", "label"))
    if len(texts) != len(labels):
        raise click.ClickException(f"{folder}: {len(texts)} texts, but {len(labels)} labels")
    return texts, labels


def _sentences(corpus: dict[str, Any], training: bool) -> tuple[list[str], list[str]]:
    chosen = [entry for entry in corpus["sentences"] if entry["training"] is training]
    return [entry["text"] for entry in chosen], [entry["intent"] for entry in chosen]


def classify(sets: Iterable[DataSet], say: Callable[[str], object]) -> Table:
    """Return the accuracy and the time of the matcher and the rivals on public sets."""
    makers: dict[str, Callable[[], Classifier]] = {"this matcher": Matcher, **RIVALS}
    title = "Accuracy in %, ms a question (median), s to learn"
    table = Table(title=title, title_justify="left")
    for name in ("", "classes", "lines", "questions", *makers):
        table.add_column(name, justify="right" if name else "left")
    for data in sets:
        say(data.name)
        texts, labels = data.train
        sizes = [str(len(set(labels))), str(len(texts)), str(len(data.test[0]))]
        table.add_row(data.name, *sizes, *(_measured(make(), data) for make in makers.values()))
    return table


def _measured(classifier: Classifier, data: DataSet) -> str:
    start = time.perf_counter()
    classifier.fit(data.train[0], [(label,) for label in data.train[1]])
    learned = time.perf_counter() - start
    times, hits = [], 0
    for text, label in zip(*data.test, strict=True):
        start = time.perf_counter()
        hits += classifier.predict(text)[0] == label
        times.append((time.perf_counter() - start) * 1000)
    return f"{100 * hits / len(times):.2f}  {statistics.median(times):.2f}  {learned:.1f}"


@click.command()
@click.option(
    "--questions",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Labelled questions (JSON lines); default: tests/questions/*.jsonl. Repeatable.",
)
@click.option(
    "--public",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with public data sets.",
)
@click.option(
    "--part", type=click.Choice(["test", "valid"]), default="test", help="What public sets are asked."
)
def main(files: tuple[Path, ...], public: Path | None, part: str) -> None:
    """Measure how well and how fast questions are understood, beside classical rivals."""
    console, status = Console(width=140, highlight=False), Console(stderr=True)
    paths = files or tuple(sorted((ROOT / "tests" / "questions").glob("*.jsonl")))
    questions = [question for path in paths for question in read(path)]
    with status.status("") as shown:
        console.print(compare(questions, shown.update))
        if public is not None:
            console.print(classify(data_sets(public, part), shown.update))


if __name__ == "__main__":
    main()
