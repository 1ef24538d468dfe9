"""``lotse chat`` and ``lotse ask``: questions are answered."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

import click

from adapters.render import Labels, plain
from bot.command_line import usage
from bot.command_line.assembly import put_together_for_a_person, read_settings
from bot.dialogue import Bot
from bot.reply import Reply

_LEARNING = "Ich lerne den Inhalt, das dauert beim ersten Mal einige Sekunden …"


@usage.command()
def chat() -> None:
    """Talk in the terminal."""
    from adapters.console import Terminal  # noqa: PLC0415 - brings rich, which a batch does without

    Terminal(put_together_for_a_person(read_settings(), _tell_of_learning)).run()


@usage.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Die Antwort als JSON-Objekt.")
@click.option("--explain", is_flag=True, help="Dazu zeigen, warum so geantwortet wird.")
@click.option("--jsonl", is_flag=True, help="Stapel: je Zeile ein JSON-Objekt mit id, text, conversation.")
def ask(text: str | None, as_json: bool, explain: bool, jsonl: bool) -> None:
    """Answer ``text``, or a batch of lines."""
    if jsonl:
        if text is not None:
            usage.fail("--jsonl liest von der Standardeingabe; ohne TEXT aufrufen.")
        sys.exit(_answer_lines(put_together_for_a_person(read_settings()), sys.stdin.buffer))
    if text is None:
        usage.fail('Bitte eine Frage angeben: lotse ask "Telefon ZASTEX".')
    bot = put_together_for_a_person(
        read_settings(), _tell_of_learning if sys.stderr.isatty() else lambda: None
    )
    reply = bot.respond("ask", text)
    if as_json:
        click.echo(json.dumps(_record(bot, reply), ensure_ascii=False))
    elif sys.stdout.isatty():
        from adapters.console import Terminal  # noqa: PLC0415 - brings rich, which a program does without

        Terminal(bot).show(reply)
    else:
        click.echo(_shown(bot, reply))
    if explain:
        for line in bot.explain(text):
            click.echo(line, err=as_json)


def _tell_of_learning() -> None:
    click.echo(_LEARNING, err=True)


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
            record = {"id": identity, **_record(bot, bot.respond(key, text))}
            if conversation is None:
                bot.forget(key)
        # An id may hold what UTF-8 cannot; escapes can hold anything.
        is_sound = not any("\ud800" <= c <= "\udfff" for c in str(record["id"]))
        sys.stdout.write(json.dumps(record, ensure_ascii=not is_sound) + "\n")
        sys.stdout.flush()
    return status


def _record(bot: Bot, reply: Reply) -> dict[str, Any]:
    return {
        "outcome": reply.outcome,
        "topics": list(reply.topics),
        "aspect": reply.aspect,
        "text": _shown(bot, reply),
        "confidence": round(reply.confidence, 4),
    }


def _shown(bot: Bot, reply: Reply) -> str:
    return plain(reply, Labels.read(bot.line))
