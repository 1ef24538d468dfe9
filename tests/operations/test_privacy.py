"""Nothing of a person reaches the log or the disk, whatever breaks; no secret is ever shown."""

from __future__ import annotations

import ast
import asyncio
import io
import json
import logging
import signal
from pathlib import Path

import pytest

from adapters import observability
from tests.conftest import ROOT
from tests.operations.conftest import Program, Start, eventually

TOKEN = "700200:AAFcanary-token_with-the-real-shape-9876543"
WORDS = "Kanarienvogel Zwitscherstadt 0351 4711123"
CONVERSATION = "conversation-4711-kanarie"
FORBIDDEN = ("Kanarienvogel", "Zwitscherstadt", "4711123", CONVERSATION, "AAFcanary", "700200", "a.person")


def plant(program: Program) -> None:
    """Say canary words in every way that a message can take through a channel."""
    program.ask(f"Ich heiße {WORDS} und werde bedroht", CONVERSATION)
    program.ask(f"{WORDS} " * 300, CONVERSATION)
    program.ask(f"Telefon ZASTEX {WORDS}", CONVERSATION)
    program.ask(f"/{WORDS}", CONVERSATION)
    program.ask(f"!library {WORDS}", CONVERSATION)
    program.ask(f"!task {WORDS}", CONVERSATION)
    program.ask(f"!token {TOKEN}", CONVERSATION)
    program.ask(f"!format {WORDS}", CONVERSATION)
    program.ask(f"!break {WORDS}", CONVERSATION)
    program.logged("channel started", times=2)
    program.ask(f"noch einmal {WORDS}", CONVERSATION)


def traces(folder: Path) -> list[str]:
    """Return where forbidden words lie under ``folder``, in names and in bytes."""
    found = []
    for path in folder.rglob("*"):
        held = str(path.relative_to(folder)).encode() + (path.read_bytes() if path.is_file() else b"")
        found += [f"{path}: {word}" for word in FORBIDDEN if word.encode() in held]
    return found


@pytest.mark.parametrize(("form", "number"), [("text", signal.SIGKILL), ("json", signal.SIGTERM)])
def test_canaries_leave_no_trace(start: Start, form: str, number: int) -> None:
    environment = {"LOTSE_LOG_FORMAT": form, "LOTSE_LOG_LEVEL": "debug", "LOTSE_TELEGRAM_TOKEN": TOKEN}
    with start(**environment) as program:
        plant(program)
        for page in ("/metrics", "/readyz"):
            (program.folder / page[1:]).write_text(program.get(page)[1], encoding="utf-8")
        program.end(number)
        assert traces(program.folder) == []
        # What must be there, so that an empty log does not pass:
        for expected in (
            "a background task broke",
            "a library reports",
            "[secret]",
            "[id]",
            "could not be written",
        ):
            assert expected in program.output


def test_a_turn_is_one_line_with_channel_outcome_topic_and_time(start: Start) -> None:
    with start(LOTSE_LOG_FORMAT="json") as program:
        program.ask("Telefon ZASTEX")
        eventually(lambda: '"turn"' in program.output)
        rows = [json.loads(line) for line in program.output.splitlines()]
        turns = [row for row in rows if row["message"] == "turn"]
        assert len(turns) == 1
        assert set(turns[0]) == {"time", "level", "logger", "message", "channel", "outcome", "topic", "ms"}
        assert turns[0]["topic"] == "zastex"


def test_planted_traces_are_found(tmp_path: Path) -> None:
    """The search itself works, in file names and in binary files."""
    (tmp_path / "a").write_bytes(b"\x00Kanarienvogel\xff")
    (tmp_path / f"{CONVERSATION}.txt").touch()
    assert len(traces(tmp_path)) == 2


def written(form: str = "text", secrets: tuple[str, ...] = ()) -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = observability.LogHandler(stream)
    handler.setFormatter(observability.LogFormat(form == "json", secrets))
    log = logging.Logger("lotse.test")
    log.addHandler(handler)
    return log, stream


@pytest.mark.parametrize(
    "line",
    [
        "https://api.telegram.org/bot123456:AAHabcdefghijklmnopqrstuvwxyz0123456/getMe",
        "Authorization: Bearer syt_bG90c2U_abcdefghijklmn_0abcde",
        "GET /sync?access_token=mat_abcdefghijklmnopqrstuv&timeout=0",
        "kept s3cr3t-word",
        "kept s3cr3t%2Dword s%2Fe%2Bc%3Dret",
        "from @jana.muster:example.org in !AbCdEf:example.org:8448",
    ],
)
def test_secrets_and_ids_are_blackened(line: str) -> None:
    log, stream = written(secrets=("s3cr3t-word", "s3cr3t%2Dword", "s/e+c=ret"))
    log.warning(line, extra={"error": line})
    shown = stream.getvalue()
    for part in ("AAHabc", "abcdefghij", "s3cr3t", "2Fe", "jana", "AbCdEf"):
        assert part not in shown


def test_public_facts_are_not_blackened() -> None:
    log, stream = written()
    line = "zastex.lka@polizei.sachsen.de 0351 855-2223 https://www.polizei.sachsen.de/de/94063.htm 12:30"
    log.warning(line)
    assert line in stream.getvalue()


def test_an_error_shows_its_kind_and_place_but_not_its_message() -> None:
    log, stream = written("json")
    try:
        raise KeyError("Kanarienvogel")
    except KeyError:
        log.exception("it broke")
    row = json.loads(stream.getvalue())
    assert row["error"] == "KeyError"
    assert row["place"].startswith("operations/test_privacy.py:")
    assert "Kanarienvogel" not in stream.getvalue()


def test_unknown_values_of_a_record_are_left_out() -> None:
    log, stream = written()
    log.warning("x", extra={"user": "Kanarienvogel", "update": 4711, "failures": 2})
    assert stream.getvalue().endswith("warning test: x failures=2\n")


def test_what_the_program_tells_of_is_shown() -> None:
    """A value that no line shows says nothing to anybody, however often it is handed over."""
    names: set[str] = set()
    for path in [*(ROOT / "adapters").rglob("*.py"), *(ROOT / "bot").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "extra" and isinstance(node.value, ast.Dict):
                names |= {key.value for key in node.value.keys if isinstance(key, ast.Constant)}
    assert names - set(observability.SHOWN) == set()


def test_a_full_disk_stops_no_logger() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    log, _ = written()
    handler = log.handlers[0]
    assert isinstance(handler, observability.LogHandler)
    handler.setStream(Full())
    log.warning("x")


def test_a_broken_background_task_is_logged_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        observability.guard(loop)
        loop.call_soon(lambda: int("Kanarienvogel"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert [record.__dict__["error"] for record in caplog.records] == ["ValueError"]
    assert "Kanarienvogel" not in caplog.text


def test_no_source_file_prints_the_message_of_a_foreign_error() -> None:
    """``exc_info`` and ``log.exception`` are safe only through ``LogFormat``: nobody else sets up logging."""
    offenders = [
        path
        for folder in ("bot", "adapters")
        for path in (ROOT / folder).rglob("*.py")
        if "basicConfig" in path.read_text(encoding="utf-8") and path.name != "observability.py"
    ]
    assert offenders == []
