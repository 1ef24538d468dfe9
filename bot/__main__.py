"""The command line and the only composition root: here the parts are put together."""

from __future__ import annotations

import gc
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot import usage
from bot.errors import ConfigError, KnowledgeError, LotseError

if TYPE_CHECKING:
    from types import ModuleType

    from adapters.doctor import Found
    from adapters.metrics import Metrics
    from adapters.settings import Settings
    from bot.dialogue import Bot
    from bot.evaluation import Question, Result
    from bot.reply import Reply
    from bot.session import Sessions

# The commands import what they need when they run: "lotse ask" must start fast.

LEARNING = "Ich lerne den Inhalt, das dauert beim ersten Mal einige Sekunden …"
TRYING = "Für die Hinweise lerne ich den Inhalt zur Probe, das dauert einige Sekunden …"


@click.group(
    cls=usage.Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="sicherheitslotse", prog_name="lotse")
@click.pass_context
def main(context: click.Context) -> None:
    """Sicherheitslotse: Auskunft zu Sicherheitsangeboten für kommunale Ämter und Mandate."""
    if context.invoked_subcommand is None:
        context.invoke(chat)


@main.command()
def chat() -> None:
    """Unterhaltung im Terminal, ohne Konto und ohne Netz. Auch: nur „lotse“."""
    from adapters.console import Terminal

    Terminal(_bot(_settings(), learning=lambda: click.echo(LEARNING, err=True))).run()


@main.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Die Antwort als JSON-Objekt.")
@click.option("--explain", is_flag=True, help="Dazu zeigen, warum so geantwortet wird.")
@click.option("--jsonl", is_flag=True, help="Stapel: je Zeile ein JSON-Objekt mit id, text, conversation.")
def ask(text: str | None, as_json: bool, explain: bool, jsonl: bool) -> None:
    """Eine Antwort auf TEXT geben. Mit --jsonl viele von der Standardeingabe."""
    if jsonl:
        if text is not None:
            usage.fail("--jsonl liest von der Standardeingabe; ohne TEXT aufrufen.")
        sys.exit(_answer_lines(_bot(_settings()), sys.stdin.buffer))
    if text is None:
        usage.fail('Bitte eine Frage angeben: lotse ask "Telefon ZASTEX".')
    bot = _bot(_settings())
    reply = bot.respond("ask", text)
    if as_json:
        click.echo(json.dumps(_record(reply), ensure_ascii=False))
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
@click.argument("folder", required=False, metavar="[ORDNER]", type=click.Path(path_type=Path))
@click.option("--all", "every", is_flag=True, help="Auch ältere Äußerungen, die nach anderem klingen.")
def check(folder: Path | None, every: bool) -> None:
    """Den Inhalt prüfen, den mitgelieferten oder den in ORDNER.

    Jeder Fehler wird mit Datei, Zeile, Spalte und Abhilfe genannt; ohne Fehler folgen Hinweise.
    """
    from bot import loading
    from bot.matching import cache, learning
    from bot.matching.model import Model
    from bot.review import notes

    settings = _settings()
    where = folder or settings.knowledge_folder or loading.shipped()
    files = loading.gather(where)
    content = loading.from_files(files)
    click.echo(f"{where}: keine Fehler, {len(content.topics)} Themen, {len(content.lines)} Äußerungen.")
    if sys.stderr.isatty():
        click.echo(TRYING, err=True)
    studied = learning.study(content)
    model = Model(content, learning.learn(studied))
    own = loading.digest(loading.without_switches(files))
    before = cache.latest([settings.state_folder / "learned"], other_than=own)
    found = [*notes(content, studied, model, before and before[1], where=loading.places(files), every=every)]
    for note in found:
        click.echo(f"Hinweis: {note}")
    if not found:
        click.echo("Keine Hinweise.")


@main.command()
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
    """Etikettierte Fragen und Dialoge bewerten.

    Gezeigt werden Anteile, Verwechslungen und Fehlgriffe.
    """
    from bot import evaluation
    from bot.report import Limit, failures, write_html

    kept = [Limit.read(limit) for limit in limits]
    questions = [question for file in files for question in evaluation.read(file)]
    bot = _bot(_settings())
    covered = [topic.id for topic in bot.knowledge.topics.values() if topic.source]
    result = _with_progress(bot, questions, covered)
    _print_result(result, misses)
    if report is not None:
        write_html(report, result)
        click.echo(f"Bericht: {report}")
    failed = failures(result, kept)
    for line in failed:
        click.echo(line, err=True)
    sys.exit(1 if failed else 0)


@main.command()
def run() -> None:
    """Alle eingerichteten Kanäle bedienen, bis SIGTERM oder Strg-C."""
    settings = _settings()
    channels, refused = _channels(settings)
    if refused:
        raise refused[0]
    if not channels:
        raise ConfigError(
            "no channel is configured; set LOTSE_TELEGRAM_TOKEN for Telegram, or LOTSE_MATRIX_HOMESERVER and "
            "LOTSE_MATRIX_USER for Matrix (docs/operating.md). The conversation with lotse chat needs none."
        )
    sys.exit(_operate(settings, channels))


@main.command()
def doctor() -> None:
    """Die Einrichtung prüfen, ohne jemandem zu schreiben.

    Geprüft werden Inhalt, Zustandsordner und Kanäle.
    """
    import asyncio

    from adapters import doctor as clinic

    settings = _settings()
    channels, refused = _channels(settings)
    findings: list[clinic.Finding] = [
        _content_found(settings),
        *clinic.state_folder(settings.state_folder),
        *_listening_found(settings["LOTSE_HTTP_LISTEN"]),
        *(() if refused else clinic.redis(settings["LOTSE_REDIS_URL"])),
        *(clinic.Found(False, str(error)) for error in refused),
    ]
    for name, (_, own) in channels.items():
        findings += asyncio.run(clinic.channel(name, own))
    if not channels and not refused:
        findings.append(
            clinic.Found(False, "No channel is configured: set LOTSE_TELEGRAM_TOKEN or LOTSE_MATRIX_…")
        )
    for finding in findings:
        click.echo(f"{'ok ' if finding.sound else 'BAD'}  {finding.text}")
    sys.exit(0 if all(finding.sound for finding in findings) else 2)


@main.command()
def config() -> None:
    """Zeigen, welche Einstellungen gelten. Mit ihrer Herkunft; Geheimnisse sind geschwärzt."""
    settings = _settings()
    for name, text, origin in settings.shown():
        click.echo(f"{name}={text}" + ("" if origin == "default" else f"    # {origin}"))
    _, refused = _channels(settings)
    for error in refused:
        click.echo(f"lotse: {error}", err=True)
    sys.exit(2 if refused else 0)


@main.command()
@click.option("--ready", is_flag=True, help="Nicht nur, ob das Programm lebt: ob jeder Kanal bedient wird.")
def health(ready: bool) -> None:
    """Das laufende Programm fragen, ob es ihm gut geht. Status 0: ja, 1: nein."""
    from adapters.health import ask

    listen = _settings()["LOTSE_HTTP_LISTEN"]
    if listen is None:
        raise ConfigError("LOTSE_HTTP_LISTEN: not set; set it for the program and for this check.")
    is_well, said = ask(listen, "/readyz" if ready else "/healthz")
    click.echo(said, err=not is_well)
    sys.exit(0 if is_well else 1)


@main.command(hidden=True)
def learn() -> None:
    """Den Inhalt lernen und das Gelernte für den nächsten Start ablegen."""
    import contextlib

    os.nice(10)  # a running bot answers meanwhile
    with contextlib.suppress(OSError):  # where memory is short, no other program than this one shall end
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    _bot(_settings())


# --- parts ---------------------------------------------------------------------------


def _settings() -> Settings:
    from adapters import settings

    return settings.read(os.environ)


def _bot(
    settings: Settings, sessions: Sessions | None = None, learning: Callable[[], object] = lambda: None
) -> Bot:
    from bot.dialogue import Bot
    from bot.matching import cache
    from bot.matching.learning import uncollected

    folder, caches = _places(settings)
    with uncollected():
        bot = Bot(*cache.load(folder, caches, learning), sessions=sessions)
        # The content holds 70,000 objects for ever: the collector would walk through them again and
        # again, 50 ms each time (measured).
        gc.freeze()
    return bot


def _places(settings: Settings) -> tuple[Path, list[Path]]:
    """Return the folder of the content, and those of what was learned from it."""
    from bot import loading

    folder = settings.knowledge_folder or loading.shipped()
    return folder, [folder / ".learned", settings.state_folder / "learned"]


# --- parts of the commands of operation ------------------------------------------------


def _channels(settings: Settings) -> tuple[dict[str, tuple[ModuleType, object]], list[ConfigError]]:
    """Return the module and the own settings of every channel that is configured, and what is wrong with others.

    What fits together is decided here and in ``read`` of each channel alone: "run", "doctor" and "config" agree.
    """
    from adapters import sessions
    from adapters.runner import configured

    channels: dict[str, tuple[ModuleType, object]] = {}
    refused = []
    for name, module in configured(settings).items():
        try:
            channels[name] = module, module.read(settings)
        except ConfigError as error:
            refused.append(error)
    if settings["LOTSE_REDIS_URL"] and not refused:
        try:
            sessions.require_token(settings["LOTSE_TELEGRAM_TOKEN"])
        except ConfigError as error:
            refused.append(error)
    return channels, refused


def _content_found(settings: Settings) -> Found:
    """Return what a doctor says of the content."""
    from adapters.doctor import Found
    from bot import loading

    folder = settings.knowledge_folder or loading.shipped()
    try:
        content = loading.read_folder(folder)
    except KnowledgeError as error:
        many = f"mistakes ({len(error.mistakes)}), which lotse check lists"
        return Found(False, f"The content in {folder} has {many}; the first is {error.mistakes[0]}")
    except ConfigError as error:
        return Found(False, f"LOTSE_KNOWLEDGE_DIR: {error}" if settings.knowledge_folder else str(error))
    return Found(True, f"The content in {folder} has no mistakes ({len(content.topics)} topics).")


def _listening_found(listen: tuple[str, int] | None) -> list[Found]:
    """Return what a doctor says of where health and metrics listen, if anywhere."""
    if listen is None:
        return []
    from adapters import health
    from adapters.doctor import Found

    return [Found(*health.examine(listen))]


def _operate(settings: Settings, channels: Mapping[str, tuple[ModuleType, object]]) -> int:
    """Serve ``channels`` to the end and return the exit status. Raises ``KnowledgeError``."""
    import asyncio
    import logging

    from adapters import observability

    observability.set_up(settings["LOTSE_LOG_FORMAT"], settings["LOTSE_LOG_LEVEL"], settings.secrets())
    log = logging.getLogger("lotse")
    try:
        asyncio.run(_serve(settings, channels))
    except KnowledgeError:
        raise
    except SystemExit:
        log.info("ended")
        raise
    except LotseError as error:
        log.error("%s", error)
        return 2
    except Exception as error:  # noqa: BLE001 - its message is not shown: it could quote what somebody wrote
        about = {"error": observability.kind_of(error), "place": observability.place_of(error)}
        log.critical("the program broke", extra=about)
        return 1
    log.info("ended")
    return 0


async def _serve(settings: Settings, channels: Mapping[str, tuple[ModuleType, object]]) -> None:
    """Serve ``channels`` until a signal or until one of them can never work (``ConfigError``)."""
    import asyncio
    from contextlib import AsyncExitStack
    from functools import partial

    from adapters import observability
    from adapters.base import Desk, made
    from adapters.reload import CurrentCore, Reloader, learning_command
    from adapters.runner import Runner, signals, stoppable
    from bot import loading

    observability.guard(asyncio.get_running_loop())
    made(settings.state_folder)
    if settings["LOTSE_HTTP_LISTEN"]:
        from adapters import health  # brings a web server

        health.require(settings["LOTSE_HTTP_LISTEN"])
    sessions = _sessions(settings)
    with stoppable():
        bot = _bot_learned_apart(settings, sessions)
    current = CurrentCore(bot, bot.knowledge.digest)
    metrics = _metrics() if settings["LOTSE_HTTP_LISTEN"] else None
    record = metrics.record if metrics else None
    deadline = settings["LOTSE_STOP_WITHIN"]
    runner = Runner(
        {
            name: partial(module.configure, own, Desk(current, name, record))
            for name, (module, own) in channels.items()
        },
        keep_going=settings["LOTSE_KEEP_GOING"],
        deadline=deadline,
    )

    def build() -> tuple[Bot, str]:
        fresh = _bot(settings, sessions)
        return fresh, fresh.knowledge.digest

    reloader = Reloader(
        current,
        build,
        settings.knowledge_folder or loading.shipped(),
        prepare=learning_command(),
        every=settings["LOTSE_RELOAD_EVERY"],
    )
    stop = asyncio.Event()
    async with AsyncExitStack() as parts:
        parts.enter_context(signals(stop, reloader.ask, deadline))
        if metrics:
            metrics.follow(runner.status, lambda: current.status)
            app = health.application(runner.status, lambda: current.status, metrics.page)
            await parts.enter_async_context(health.serving(app, settings["LOTSE_HTTP_LISTEN"]))
        watching = asyncio.create_task(reloader.run())
        try:
            await runner.run(stop)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)


def _sessions(settings: Settings) -> Sessions:
    """Return the memory of conversations: in this process, or shared. Raises ``ConfigError``."""
    if settings["LOTSE_REDIS_URL"]:
        from adapters import sessions

        return sessions.connect(settings["LOTSE_REDIS_URL"], settings["LOTSE_TELEGRAM_TOKEN"])
    from bot.session import MemorySessions

    return MemorySessions()


def _bot_learned_apart(settings: Settings, sessions: Sessions) -> Bot:
    """Return the bot; what was never learned is, in a process of its own that gives its memory back."""
    import logging
    import subprocess
    import time

    from adapters.reload import ended_by, learning_command
    from bot.matching import cache

    log = logging.getLogger("lotse")
    begun: list[float] = []

    def begin() -> None:
        if not begun:
            log.info("checking and learning the content, some seconds")
        begun.append(time.monotonic())

    try:
        is_known = cache.is_known(*_places(settings))
    except ConfigError as error:
        raise ConfigError(
            f"LOTSE_KNOWLEDGE_DIR: {error}" if settings.knowledge_folder else str(error)
        ) from None
    if not is_known:
        begin()
        # If that goes wrong, for example because nothing can be written, it is learned here.
        done = subprocess.run(learning_command(), stderr=subprocess.DEVNULL, check=False)  # noqa: S603 - ourselves
        if done.returncode < 0:
            log.warning("learning was %s Once more.", ended_by(done.returncode))
    bot = _bot(settings, sessions, begin)
    if begun:
        log.info("content learned", extra={"seconds": round(time.monotonic() - begun[0], 1)})
    return bot


def _metrics() -> Metrics:
    import logging
    from importlib.metadata import version

    from adapters.metrics import Metrics

    metrics = Metrics(version("sicherheitslotse"))
    for handler in logging.getLogger().handlers:
        handler.addFilter(metrics.count_log)
    return metrics


# --- parts of the other commands -------------------------------------------------------


def _record(reply: Reply) -> dict[str, Any]:
    from adapters.render import plain

    return {
        "outcome": reply.outcome,
        "topics": list(reply.topics),
        "aspect": reply.aspect,
        "text": plain(reply),
        "confidence": round(reply.confidence, 4),
    }


def _answer_lines(bot: Bot, lines: Iterable[bytes]) -> int:
    """Answer one JSON object a line; return the exit status: 2 if a line was no question."""
    status = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            identity, text = row.get("id", number), row["text"]
            json.dumps(identity, allow_nan=False)  # 1e999 is read as infinite, which JSON cannot say
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
            record = {"id": identity, **_record(bot.respond(key, text))}
            if conversation is None:
                bot.forget(key)
        # An id may hold what UTF-8 cannot; escapes can hold anything.
        is_sound = not any("\ud800" <= c <= "\udfff" for c in str(record["id"]))
        sys.stdout.write(json.dumps(record, ensure_ascii=not is_sound) + "\n")
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
