"""The command line and the only composition root: here the parts are put together."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.errors import KnowledgeError, LotseError

if TYPE_CHECKING:
    from adapters.settings import Settings
    from bot.dialogue import Bot
    from bot.evaluation import Question, Result

# The commands import what they need when they run: "lotse ask" must start fast.


class _Group(click.Group):
    """Turns the errors that a person can mend into one line and exit status 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KnowledgeError as error:
            for mistake in error.mistakes:
                click.echo(mistake, err=True)
            click.echo(f"Der Inhalt hat Fehler: {len(error.mistakes)}, siehe oben.", err=True)
            ctx.exit(2)
        except LotseError as error:
            click.echo(f"lotse: {error}", err=True)
            ctx.exit(2)


@click.group(
    cls=_Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="sicherheitslotse", prog_name="lotse")
@click.pass_context
def main(context: click.Context) -> None:
    """Sicherheitslotse: Auskunft zu Sicherheitsangeboten für kommunale Ämter und Mandate."""
    if context.invoked_subcommand is None:
        context.invoke(chat)


@main.command()
def chat() -> None:
    """Unterhaltung im Terminal, ohne Konto und ohne Netz (auch: nur »lotse«)."""
    from adapters.console import Terminal

    Terminal(_bot(_settings())).run()


@main.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Die Antwort als JSON-Objekt.")
@click.option("--explain", is_flag=True, help="Dazu zeigen, warum so geantwortet wird.")
@click.option("--jsonl", is_flag=True, help="Stapel: je Zeile ein JSON-Objekt mit id, text, conversation.")
def ask(text: str | None, as_json: bool, explain: bool, jsonl: bool) -> None:
    """Eine Antwort auf TEXT; mit --jsonl viele von der Standardeingabe."""
    if jsonl:
        if text is not None:
            raise click.UsageError("--jsonl liest von der Standardeingabe; ohne TEXT aufrufen.")
        sys.exit(_answer_lines(_bot(_settings()), sys.stdin.buffer))
    if text is None:
        raise click.UsageError('Bitte eine Frage angeben: lotse ask "Telefon ZASTEX"')
    bot = _bot(_settings())
    reply = bot.respond("ask", text)
    if as_json:
        click.echo(json.dumps(_record(None, reply), ensure_ascii=False))
    elif sys.stdout.isatty():
        from adapters.console import Terminal

        Terminal(bot).show(reply)
    else:
        from adapters.render import plain

        click.echo(plain(reply))
    if explain:
        for line in bot.explain(text):
            click.echo(line, err=as_json)


@main.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
def check(folder: Path | None) -> None:
    """Den Inhalt prüfen: Fehler mit Datei, Zeile, Spalte und Abhilfe; danach Hinweise."""
    from bot import knowledge
    from bot.matching.model import Model
    from bot.review import notes

    where = folder or _settings().knowledge_folder or knowledge.shipped()
    content = knowledge.read_folder(where)
    click.echo(f"{where}: keine Fehler, {len(content.topics)} Themen, {len(content.lines)} Äußerungen.")
    for note in notes(content, Model.fit(content)):
        click.echo(f"Hinweis: {note}")


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--fail-under",
    "limits",
    multiple=True,
    metavar="ANTEIL=PROZENT",
    help='Status 1, wenn ein Anteil schlechter ist, etwa "in scope=93".',
)
@click.option("--misses", default=20, show_default=True, help="So viele Fehlgriffe zeigen.")
@click.option("--html", "report", type=click.Path(path_type=Path), help="Bericht mit Bild in diese Datei.")
def evaluate(files: tuple[Path, ...], limits: tuple[str, ...], misses: int, report: Path | None) -> None:
    """Etikettierte Fragen und Dialoge bewerten: Anteile, Verwechslungen, Fehlgriffe."""
    from bot import evaluation
    from bot.report import failures, write_html

    questions = [question for file in files for question in evaluation.read(file)]
    bot = _bot(_settings())
    covered = [topic.id for topic in bot.knowledge.topics.values() if topic.source]
    result = _with_progress(bot, questions, covered)
    _print_result(result, misses)
    if report is not None:
        write_html(report, result)
        click.echo(f"Bericht: {report}")
    failed = failures(result, limits)
    for line in failed:
        click.echo(line, err=True)
    sys.exit(1 if failed else 0)


# --- parts ---------------------------------------------------------------------------


def _settings() -> Settings:
    from adapters import settings

    return settings.read(os.environ)


def _bot(settings: Settings) -> Bot:
    from bot import knowledge
    from bot.dialogue import Bot
    from bot.matching import cache

    folder = settings.knowledge_folder or knowledge.shipped()
    caches = [folder / ".learned", settings.state_folder / "learned"]
    return Bot(*cache.load(folder, caches))


def _record(identity: Any, reply: Any) -> dict[str, Any]:
    from adapters.render import plain

    record = {
        "id": identity,
        "outcome": reply.outcome,
        "topics": list(reply.topics),
        "aspect": reply.aspect,
        "text": plain(reply),
        "confidence": round(reply.confidence, 4),
    }
    if identity is None:
        del record["id"]
    return record


def _answer_lines(bot: Bot, lines: Iterable[bytes]) -> int:
    """Answer one JSON object a line; return the exit status: 2 if a line was no question."""
    status = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            identity, text = row.get("id", number), row["text"]
            if not isinstance(text, str):
                raise TypeError
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            click.echo(f'lotse: Zeile {number}: erwartet wird {{"id": …, "text": "…"}}.', err=True)
            record: dict[str, Any] = {
                "id": None,
                "outcome": "error",
                "topics": [],
                "aspect": None,
                "text": "",
                "confidence": 0.0,
                "line": number,
            }
            status = 2
        else:
            conversation = row.get("conversation")
            key = f"line {number}" if conversation is None else f"named {conversation}"
            record = _record(identity, bot.respond(key, text))
            if conversation is None:
                bot.forget(key)
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return status


def _with_progress(bot: Bot, questions: list[Question], covered: list[str]) -> Result:
    from rich.console import Console
    from rich.progress import Progress

    from bot.evaluation import evaluate

    with Progress(console=Console(stderr=True), transient=True, disable=len(questions) < 200) as progress:
        task = progress.add_task("Fragen", total=len(questions))
        return evaluate(bot, questions, covered, lambda: progress.advance(task))


def _print_result(result: Result, misses: int) -> None:
    from rich.console import Console

    from bot.report import confusion_table, miss_lines, share_table

    console = Console(highlight=False)
    console.print(share_table(result))
    console.print(confusion_table(result))
    for line in miss_lines(result, misses):
        console.print(line, markup=False)


if __name__ == "__main__":
    main(prog_name="lotse")
