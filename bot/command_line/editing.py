"""``lotse check`` and ``lotse evaluate``: what an editor has written is judged."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from bot.command_line import usage
from bot.command_line.assembly import put_together_for_a_person, read_settings
from bot.content import loading
from bot.content.switches import switched_off
from bot.dialogue import Bot
from bot.matching import cache, learning
from bot.matching.model import Model
from bot.measuring import evaluation
from bot.measuring.evaluation import Question, Result
from bot.measuring.report import Limit, confusion_table, failures, miss_lines, share_table, write_html
from bot.measuring.review import notes

_TRYING = "Für die Hinweise lerne ich den Inhalt zur Probe, das dauert einige Sekunden …"
_MANY = 200
"""Questions from which on progress is shown: fewer are answered in a moment."""


@usage.command()
@click.argument("folder", required=False, metavar="[ORDNER]", type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help="Auch ältere Äußerungen, die nach anderem klingen.")
def check(folder: Path | None, every: bool) -> None:
    """Tell every mistake of a content, or else what is doubtful in it."""
    settings = read_settings()
    where = folder or settings.knowledge_folder or loading.shipped()
    files = loading.gather(where)
    content = loading.from_files(files)
    click.echo(f"{where}: keine Fehler, {len(content.topics)} Themen, {len(content.lines)} Äußerungen.")
    for what in switched_off(content):
        click.echo(f"Ausgeschaltet in off.yaml: {what}")
    if sys.stderr.isatty():
        click.echo(_TRYING, err=True)
    studied = learning.study(content)
    model = Model(content, learning.learn(studied))
    own = loading.digest(loading.without_switches(files))
    before = cache.latest([settings.state_folder / "learned"], other_than=own)
    found = [*notes(content, studied, model, before and before[1], where=loading.places(files), every=every)]
    for note in found:
        click.echo(f"Hinweis: {note}")
    if not found:
        click.echo("Keine Hinweise.")


@usage.command()
@click.argument("files", nargs=-1, required=True, metavar="DATEI…", type=click.Path(path_type=Path))
@click.option(
    "--fail-under",
    "limits",
    multiple=True,
    metavar="ANTEIL=PROZENT",
    help='Status 1, wenn ein Anteil schlechter ist, etwa "in scope=93".',
)
@click.option("--misses", default=20, metavar="ZAHL", help="So viele Fehlgriffe zeigen; sonst 20.")
@click.option(
    "--html",
    "report",
    metavar="DATEI",
    type=click.Path(path_type=Path),
    help="Bericht mit Bild in diese Datei.",
)
def evaluate(files: tuple[Path, ...], limits: tuple[str, ...], misses: int, report: Path | None) -> None:
    """Score labelled questions; exit with status 1 if a share is worse than one of ``limits``."""
    kept = [Limit.read(limit) for limit in limits]
    questions = [question for file in files for question in evaluation.read(file)]
    bot = put_together_for_a_person(read_settings())
    result = _evaluated(bot, questions)
    try:
        _print_result(result, misses)
    finally:  # the output may be closed at any time, as by "head"; what cannot be written is told below the rest
        if report is not None:
            write_html(report, result)
    if report is not None:
        click.echo(f"Bericht: {report}")
    failed = failures(result, kept)
    for line in failed:
        click.echo(line, err=True)
    sys.exit(1 if failed else 0)


def _evaluated(bot: Bot, questions: Sequence[Question]) -> Result:
    """Return how the bot answers ``questions``, and show meanwhile how far it is."""
    covered = [topic.id for topic in bot.knowledge.topics.values() if topic.source]
    is_quick = len(questions) < _MANY
    with Progress(console=Console(stderr=True), transient=True, disable=is_quick) as progress:
        task = progress.add_task("Fragen", total=len(questions))
        return evaluation.evaluate(bot, questions, covered, lambda: progress.advance(task))


def _print_result(result: Result, misses: int) -> None:
    console = Console(highlight=False)
    console.print(share_table(result))
    console.print(confusion_table(result))
    for line in miss_lines(result, misses):
        console.print(line, markup=False)
