"""A command that is called wrongly says so in one German line, before any work, with exit status 2."""

from __future__ import annotations

import json
import pkgutil
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot import command_line
from bot.__main__ import COMMANDS, main
from bot.command_line import usage
from tests.conftest import ROOT


def lotse(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="lotse")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--qq"], "Die Option --qq gibt es nicht. Hilfe: lotse --help"),
        (["asl", "x"], "Den Befehl „asl“ gibt es nicht. Gemeint vielleicht: ask. Hilfe: lotse --help"),
        (["ask", "--explian", "x"], "Die Option --explian gibt es nicht. Gemeint vielleicht: --explain."),
        (["ask"], 'Bitte eine Frage angeben: lotse ask "Telefon ZASTEX". Hilfe: lotse ask --help'),
        (["ask", "a", "b", "c"], "Zu viele Angaben: b c. Hilfe: lotse ask --help"),
        (["ask", "--jsonl", "x"], "--jsonl liest von der Standardeingabe; ohne TEXT aufrufen."),
        (["ask", "--json=yes", "x"], "Die Option --json hat keinen Wert."),
        (["evaluate"], "Es fehlt: DATEI. Hilfe: lotse evaluate --help"),
        (["evaluate", "x", "--html"], "Die Option --html braucht einen Wert."),
        (
            ["evaluate", "x", "--misses", "viele"],
            "Der Wert von --misses passt nicht. Erwartet wird eine ganze",
        ),
        (["evaluate", "/no/such", "--fail-under", "in scope"], '--fail-under "in scope": erwartet wird etwa'),
        (["evaluate", "/no/such", "--fail-under", "in scope=nan"], "erwartet wird etwa"),
        (["evaluate", "/no/such", "--fail-under", "in scope=930"], "erwartet wird etwa"),
        (["evaluate", "/no/such", "--fail-under", "in scoop=9"], '"in scoop" gibt es nicht. Möglich: '),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_call_is_refused_in_one_german_line(arguments: list[str], says: str) -> None:
    """The file of the last ones does not exist: its mistake would come first if the limit were read later."""
    done = lotse(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("lotse: ")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_german_throughout(command: str) -> None:
    """Whatever click adds of its own is told in German, and no summary of a command is cut off."""
    done = lotse(*command.split(), "--help")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Aufruf: lotse {command}".rstrip())
    assert "Diese Hilfe zeigen." in done.stdout
    english = r"usage|options|commands?|args|files|folder|path|integer|default|required|show|exit"
    assert not re.search(rf"(?<!-)\b({english})\b|\w\.\.\.$", done.stdout, re.IGNORECASE | re.MULTILINE)


def test_the_table_names_every_command_of_every_module() -> None:
    names = [module.name for module in pkgutil.iter_modules(command_line.__path__)]
    modules = {name: import_module(f"bot.command_line.{name}") for name in names}
    written = {
        (value.name, name)
        for name, module in modules.items()
        for value in vars(module).values()
        if isinstance(value, usage.Command)
    }
    assert written == {(name, entry.module) for name, entry in COMMANDS.items()}


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [(["--help"], []), (["ask", "--help"], ["asking", "assembly"]), (["health", "--help"], ["health"])],
    ids=" ".join,
)
def test_a_command_imports_its_own_module_only(arguments: list[str], loaded: list[str]) -> None:
    """What is asked often, by people and by containers, must start fast."""
    code = (
        "import sys; from bot.__main__ import main; main(sys.argv[1:], standalone_mode=False)\n"
        "print(sorted(name[17:] for name in sys.modules if name.startswith('bot.command_line.')))\n"
        "print(sorted({'nio', 'prompt_toolkit', 'redis', 'rich', 'telegram'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-2:] == [str([*loaded, "usage"]), "[]"]


def test_a_health_check_needs_neither_what_understands_nor_a_web_server() -> None:
    """A container asks every half minute."""
    code = (
        "import sys\nfrom bot.__main__ import main\n"
        "try: main(['health'], standalone_mode=False)\nexcept SystemExit: pass\n"
        "print(sorted({'aiohttp', 'numpy', 'rapidfuzz', 'yaml'} & set(sys.modules)))"
    )
    nobody = {"LOTSE_HTTP_LISTEN": "127.0.0.1:9"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=nobody, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
    assert "nothing answers at 127.0.0.1:9" in done.stderr


def test_lines_with_an_id_that_json_cannot_say_are_refused(tmp_path: Path, small_content: Path) -> None:
    """What is printed stays JSON, line by line, and the others are answered."""
    rows = ('{"id": 1e999, "text": "x"}', '{"id": [NaN], "text": "x"}', '{"id": 7, "text": "Telefon ZASTEX"}')
    environment = {"LOTSE_STATE_DIR": str(tmp_path), "LOTSE_KNOWLEDGE_DIR": str(small_content)}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "ask", "--jsonl"],
        input="\n".join(rows),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is not JSON")

    said = [json.loads(line, parse_constant=refuse) for line in done.stdout.splitlines()]
    assert [row["id"] for row in said] == [None, None, 7]
    assert said[2]["topics"] == ["zastex"]
    assert done.returncode == 2
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == ["Zeile 1", "Zeile 2"]
