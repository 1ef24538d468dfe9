"""The command as people and other programs call it: a process of its own, its output and exit status."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from bot import layout
from bot.content.loading import gather, shipped
from bot.knowledge import Knowledge
from bot.matching.model import Model
from tests.conftest import ROOT
from tests.content import ASSKOMM_NUMBER, ZASTEX_MAIL, ZASTEX_NUMBER
from tests.core.test_check import LONG_LISTS, first_lines

PATIENCE = 30.0
"""Seconds until an answer that does not come counts as missing."""
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9|10)\d(?:;\d+)*m")

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def environment(
    content: tuple[Knowledge, Model], learned_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """An environment of its own whose state folder holds the model that the other tests learned."""
    state = tmp_path_factory.mktemp("state")
    (state / "learned").symlink_to(learned_folder)
    return {
        "HOME": str(state),
        "PATH": os.environ["PATH"],
        "LC_ALL": "C.UTF-8",
        "PYTHONWARNINGS": "error",
        "LOTSE_STATE_DIR": str(state),
    }


@pytest.fixture(scope="session")
def lotse(environment: dict[str, str]) -> Command:
    """Run ``lotse`` with arguments, input and settings; never a traceback."""

    def run(
        *arguments: str | Path, said: str | bytes = "", **settings: str
    ) -> subprocess.CompletedProcess[str]:
        given = said.encode() if isinstance(said, str) else said
        done = subprocess.run(
            [sys.executable, "-m", "bot", *map(str, arguments)],
            input=given,
            capture_output=True,
            env=environment | settings,
            cwd=ROOT,
            timeout=2 * PATIENCE,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return run


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped content and few utterances: it is learned in no time."""
    folder = tmp_path_factory.mktemp("small")
    for name, data in gather(shipped()).items():
        (folder / name).parent.mkdir(exist_ok=True)
        short = first_lines(data, 12) if layout.kind_of(name) in LONG_LISTS else data
        (folder / name).write_bytes(short)
    return folder


@pytest.fixture(scope="session")
def broken(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same content with a mistake in each of three files."""
    folder = tmp_path_factory.mktemp("broken")
    for name, data in gather(small).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    for name, old, new in (
        ("offers/zastex.yaml", "title: ZASTEX", "titel: ZASTEX"),
        ("offers/zmi.yaml", 'postcode: "01129"', "postcode: 1129"),
        ("wording.yaml", "\nfound: ", "\nfound: a: b "),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def records(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


# --- ask -------------------------------------------------------------------------------------


def test_ask(lotse: Command) -> None:
    done = lotse("ask", "telefon zastex")
    assert (done.returncode, done.stderr) == (0, "")
    assert ZASTEX_NUMBER in done.stdout
    assert "\x1b" not in done.stdout


def test_ask_as_json_with_reasons(lotse: Command) -> None:
    """The object stands alone on the output, the reasons beside it."""
    done = lotse("ask", "--json", "--explain", "telefon zastex")
    (record,) = records(done.stdout)
    assert [*record] == ["outcome", "topics", "aspect", "text", "confidence"]
    assert (record["outcome"], record["topics"], record["aspect"]) == ("answer", ["zastex"], "contact")
    assert ZASTEX_NUMBER in record["text"]
    assert 0 <= record["confidence"] <= 1
    assert "zastex" in done.stderr
    assert done.returncode == 0


def test_ask_says_all_in_the_words_of_the_content(lotse: Command, small: Path, tmp_path: Path) -> None:
    folder = tmp_path / "reworded"
    shutil.copytree(small, folder)
    wording = folder / "wording.yaml"
    text = wording.read_text(encoding="utf-8")
    wording.write_text(text.replace('card_phone: "Telefon: ', 'card_phone: "Durchwahl: '), encoding="utf-8")
    settings = {"LOTSE_STATE_DIR": str(tmp_path / "state"), "LOTSE_KNOWLEDGE_DIR": str(folder)}
    for arguments, said in (
        (["telefon zastex"], ""),
        (["--json", "telefon zastex"], ""),
        (["--jsonl"], '{"text": "telefon zastex"}'),
    ):
        told = lotse("ask", *arguments, said=said, **settings).stdout
        assert f"Durchwahl: {ZASTEX_NUMBER}" in told


def test_ask_explains(lotse: Command) -> None:
    done = lotse("ask", "--explain", "Ich bekomme Drohbriefe nach Hause")
    answer, _, reasons = done.stdout.partition("Entscheidung: ")
    assert answer.strip()
    assert "zastex" in reasons
    assert "%" in reasons


@pytest.mark.parametrize("arguments", [["ask"], ["ask", "--jsonl", "x"], ["nope"]], ids=" ".join)
def test_wrong_call_ends_with_two(lotse: Command, arguments: list[str]) -> None:
    done = lotse(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("lotse: ")


# --- ask --jsonl -----------------------------------------------------------------------------

BATCH = [
    {"id": "first", "text": "zastex tel"},
    {"id": 2, "text": "und die Mail?"},
    {"id": "x1", "text": "zastex tel", "conversation": "x"},
    {"id": "y1", "text": "mail expertennetzwerk", "conversation": "y"},
    {"id": "x2", "text": "und die Mail?", "conversation": "x"},
    {"id": "y2", "text": "seit wann gibt es das?", "conversation": "y"},
    {"text": "Straße und Hausnummer der ZASTEX 😀"},
    {"id": "empty", "text": ""},
    {"id": "danger", "text": "er schlägt gerade auf mich ein"},
    {"id": "foreign", "text": "\ud800\x00\u202e"},
]


@pytest.fixture(scope="module")
def batch(lotse: Command) -> list[dict[str, Any]]:
    """The records of ``BATCH``, answered in one run."""
    done = lotse("ask", "--jsonl", said="\n\n".join(json.dumps(row) for row in BATCH))
    assert (done.returncode, done.stderr) == (0, "")
    return records(done.stdout)


def test_batch_keeps_the_order(batch: list[dict[str, Any]]) -> None:
    """A line without an id gets its number; empty lines count and are skipped."""
    assert [r["id"] for r in batch] == ["first", 2, "x1", "y1", "x2", "y2", 13, "empty", "danger", "foreign"]
    assert {tuple(r) for r in batch} == {("id", "outcome", "topics", "aspect", "text", "confidence")}


def test_batch_line_without_a_conversation_stands_alone(batch: list[dict[str, Any]]) -> None:
    assert batch[0]["topics"] == ["zastex"]
    assert batch[1]["topics"] != ["zastex"]


def test_batch_remembers_each_conversation(batch: list[dict[str, Any]]) -> None:
    by_id = {str(record["id"]): record for record in batch}
    assert by_id["x2"]["topics"] == ["zastex"]
    assert ZASTEX_MAIL in by_id["x2"]["text"]
    assert by_id["y2"]["topics"] == ["expertennetzwerk"]


def test_batch_keeps_umlauts(batch: list[dict[str, Any]]) -> None:
    assert batch[6]["topics"] == ["zastex"]
    assert "Neuländer Straße 60" in batch[6]["text"]


def test_batch_of_danger_and_of_nothing(batch: list[dict[str, Any]]) -> None:
    outcomes = {str(record["id"]): (record["outcome"], record["topics"]) for record in batch}
    assert outcomes["danger"] == ("emergency", ["notruf"])
    assert outcomes["foreign"] == outcomes["empty"] == ("fallback", [])


BROKEN_LINES = [
    b"kein JSON",
    b"[1]",
    b"3",
    b'{"id": 4}',
    b'{"id": 5, "text": 5}',
    b'{"text": null}',
    "{'text': 'Straße'}".encode("latin-1"),
    b"[" * 100_000,
]


def test_broken_lines_are_named_and_the_rest_is_answered(lotse: Command) -> None:
    good = b'{"id": "good", "text": "telefon zastex"}'
    done = lotse("ask", "--jsonl", said=b"\n".join([*BROKEN_LINES, good]))
    *bad, last = records(done.stdout)
    assert [(r["outcome"], r["line"]) for r in bad] == [("error", n) for n in range(1, 9)]
    assert (last["id"], last["topics"]) == ("good", ["zastex"])
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [f" Zeile {n}" for n in range(1, 9)]
    assert done.returncode == 2


def test_batch_keeps_an_id_of_null(lotse: Command) -> None:
    done = lotse("ask", "--jsonl", said='{"id": null, "text": "x"}\n')
    assert "id" in records(done.stdout)[0]


def test_batch_survives_an_id_that_is_no_text(lotse: Command) -> None:
    done = lotse("ask", "--jsonl", said='{"id": "\\ud800", "text": "x"}\n{"id": 2, "text": "telefon zmi"}\n')
    assert [record["id"] for record in records(done.stdout)][-1] == 2


def test_batch_answers_at_once_and_ends_with_its_reader(environment: dict[str, str]) -> None:
    """A program may wait for each answer; when it goes away there is no traceback."""
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "ask", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        for number in range(2):
            process.stdin.write(json.dumps({"id": number, "text": "zastex"}).encode() + b"\n")
            process.stdin.flush()
            assert select.select([process.stdout], [], [], PATIENCE)[0], "no answer while the input is open"
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdout.close()
        process.stdin.write(b'{"text": "zastex"}\n' * 10)
        process.stdin.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(PATIENCE) in (0, 1)


# --- check -----------------------------------------------------------------------------------


def test_check_of_sound_content(lotse: Command, small: Path) -> None:
    """It says what it read and gives notes: here on how few utterances there are."""
    done = lotse("check", small)
    first, *others = done.stdout.splitlines()
    assert re.fullmatch(r".*: keine Fehler, \d+ Themen, \d+ Äußerungen\.", first)
    assert any(line.startswith("Hinweis: utterances/zastex.yaml") for line in others)
    assert (done.returncode, done.stderr) == (0, "")


def test_check_tells_what_an_edit_changes_since_the_last_start(
    lotse: Command, small: Path, tmp_path: Path
) -> None:
    """Against what was learned before the edit, also if what is checked was learned since."""
    folder, state = tmp_path / "edited", {"LOTSE_STATE_DIR": str(tmp_path / "state")}
    shutil.copytree(small, folder)
    ask = partial(lotse, "ask", "hallo", LOTSE_KNOWLEDGE_DIR=str(folder), **state)
    assert ask().returncode == 0
    assert "klang bisher" not in lotse("check", folder, **state).stdout
    zastex, zmi = (folder / "utterances" / f"{name}.yaml" for name in ("zastex", "zmi"))
    some = re.findall(r"^  - [^\"\n]*$", zastex.read_text(encoding="utf-8"), re.MULTILINE)
    more = "".join(f"{line} {number}\n" for line in some for number in range(9))
    text = zmi.read_text(encoding="utf-8")
    zmi.write_text(text.replace("services:\n", f"services:\n{more}", 1), encoding="utf-8")
    for _ in range(2):
        told = lotse("check", folder, **state).stdout
        assert f"{9 * len(some)} neue oder geänderte Äußerungen" in told
        assert "klang bisher nach „zastex“, durch die neuen Zeilen jetzt nach „zmi“" in told
        assert ask().returncode == 0


def test_check_names_every_mistake(lotse: Command, broken: Path) -> None:
    done = lotse("check", broken)
    *named, count = done.stderr.splitlines()
    assert [re.match(r"([\w/]+\.yaml):\d+:\d+: \S+", line)[1] for line in named] == [  # type: ignore[index]
        "offers/zastex.yaml",
        "offers/zmi.yaml",
        "wording.yaml",
    ]
    assert "Meinten Sie „title“?" in done.stderr
    assert count == "Der Inhalt hat Fehler: 3, siehe oben."
    assert (done.returncode, done.stdout) == (2, "")


def test_content_of_an_older_program_is_told_where_to_find_what_it_lacks(
    lotse: Command, small: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "older"
    shutil.copytree(small, folder)
    for name, entry in (
        ("vocabulary.yaml", r"  unreached:\n(?:    .*\n)+"),
        ("wording.yaml", r"other_way: .*\n"),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        older, count = re.subn(rf"^{entry}", "", text, flags=re.MULTILINE)
        assert count == 1
        (folder / name).write_text(older, encoding="utf-8")
    done = lotse("check", folder)
    *named, count, where = done.stderr.splitlines()
    assert ["unreached" in named[0], "other_way" in named[1], len(named)] == [True, True, 2]
    assert count == "Der Inhalt hat Fehler: 2, siehe oben."
    assert where.endswith(str(shipped()))
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("command", [["check"], ["chat"]], ids=lambda c: c[0])
def test_other_content_comes_from_the_environment(lotse: Command, broken: Path, command: list[str]) -> None:
    done = lotse(*command, LOTSE_KNOWLEDGE_DIR=str(broken))
    assert "offers/zmi.yaml" in done.stderr
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.parametrize("name", ["neu.yaml", "alt.yaml"])
def test_what_is_no_readable_file_is_named(lotse: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / "neu.yaml").mkdir()
    (tmp_path / "alt.yaml").symlink_to("/no/such")
    (tmp_path / ({"neu.yaml": "alt.yaml", "alt.yaml": "neu.yaml"}[name])).rename(tmp_path / "other")
    done = lotse("check", tmp_path)
    why = {"neu.yaml": "es ist ein Ordner", "alt.yaml": "der Verweis führt nirgendwohin"}[name]
    assert done.stderr.startswith(f"lotse: Die Datei {tmp_path / name} ist nicht lesbar: {why}")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("folder", ["nowhere", "a_file"])
def test_unreadable_content_is_one_line(lotse: Command, tmp_path: Path, folder: str) -> None:
    (tmp_path / "a_file").write_text("x", encoding="utf-8")
    done = lotse("check", tmp_path / folder)
    assert done.stderr.startswith(f"lotse: Der Inhaltsordner {tmp_path / folder} ist nicht lesbar")
    assert len(done.stderr.splitlines()) == 1
    assert done.returncode == 2


# --- evaluate --------------------------------------------------------------------------------

LABELLED = [
    {"id": "1", "text": "telefon zastex", "topics": ["zastex"], "aspects": ["contact"]},
    {"id": "2", "text": "mail expertennetzwerk", "topics": ["expertennetzwerk"], "aspects": ["contact"]},
    {"id": "3", "text": "link zmi", "topics": ["asskomm"], "aspects": []},
    {"id": "4", "turns": [{"text": "zastex tel", "topics": ["zastex"]}, {"text": "mail?", "topics": ["zastex"]}]},
]  # fmt: skip


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Three questions, one of them labelled wrongly, and a dialogue."""
    path = tmp_path / "fragen.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in LABELLED), encoding="utf-8")
    return path


def test_evaluate_prints_and_writes_a_report(lotse: Command, labelled: Path, tmp_path: Path) -> None:
    """The page holds the confusion as a picture; the share of two in three keeps a limit of 66 %."""
    report = tmp_path / "bericht.html"
    done = lotse("evaluate", labelled, "--fail-under", "in scope=66", "--html", report)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 von 3" in done.stdout
    assert "66.7%" in done.stdout
    assert "'link zmi' gewünscht asskomm, war answer zmi" in done.stdout
    page = report.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    (picture,) = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert "expertennetzwerk" in picture
    assert picture.count("<rect") >= 9
    assert "link zmi" in page


def test_evaluate_writes_its_report_though_nobody_reads_on(
    environment: dict[str, str], labelled: Path, tmp_path: Path
) -> None:
    """As in ``lotse evaluate … --html bericht.html | head -3``."""
    report = tmp_path / "bericht.html"
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "wb") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "evaluate", labelled, "--html", report],
            stdout=closed,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=ROOT,
            timeout=2 * PATIENCE,
            check=False,
        )
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert "link zmi" in report.read_text(encoding="utf-8")


def test_evaluate_shows_the_shares_though_no_report_can_be_written(
    lotse: Command, labelled: Path, tmp_path: Path
) -> None:
    done = lotse("evaluate", labelled, "--html", tmp_path)
    assert "2 von 3" in done.stdout
    assert done.stderr.startswith(f"lotse: {tmp_path}: nicht schreibbar")
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("limit", "status", "says"),
    [
        ("in scope=67", 1, "in scope: 66.7%, verlangt 67.0%"),
        ("wrong offer=10%", 1, "wrong offer: 33.3%, verlangt 10.0%"),
        ("in scoop=67", 2, '"in scoop" gibt es nicht'),
    ],
)
def test_evaluate_fails_under_a_limit(
    lotse: Command, labelled: Path, limit: str, status: int, says: str
) -> None:
    done = lotse("evaluate", labelled, "--fail-under", limit, "--fail-under", "dialogue=100")
    assert done.returncode == status
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "says"), [('{"text": "x"}', ":1: keine gültige Frage"), (None, "nicht lesbar")]
)
def test_evaluate_names_a_file_that_is_wrong(
    lotse: Command, tmp_path: Path, line: str | None, says: str
) -> None:
    path = tmp_path / "fragen.jsonl"
    if line is not None:
        path.write_text(line, encoding="utf-8")
    done = lotse("evaluate", path)
    assert done.returncode == 2
    assert str(path) in done.stderr
    assert says in done.stderr


def test_evaluate_names_a_question_without_topics(lotse: Command, tmp_path: Path) -> None:
    (tmp_path / "fragen.jsonl").write_text('{"text": "x", "topics": []}', encoding="utf-8")
    assert lotse("evaluate", tmp_path / "fragen.jsonl").returncode == 2


# --- chat ------------------------------------------------------------------------------------


def test_chat_through_a_pipe(lotse: Command) -> None:
    """A line is a turn of one conversation; nothing is coloured; ``/ende`` ends it."""
    done = lotse("chat", said="zastex tel\n\nund die Mail?\n/ende\ntelefon asskomm\n")
    assert done.stdout.count(ZASTEX_MAIL) == 2
    assert ASSKOMM_NUMBER not in done.stdout
    assert "\x1b" not in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_chat_is_the_default_and_reads_any_bytes(lotse: Command) -> None:
    done = lotse(said=b"\xff\xfe\x00\nzastex tel")
    assert ZASTEX_NUMBER in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


class Screen:
    """A terminal with a conversation in it: types, and waits for what shall appear."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "chat"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment | {"TERM": "xterm-256color", "COLUMNS": "80", "PROMPT_TOOLKIT_NO_CPR": "1"},
            cwd=ROOT,
        )
        os.close(theirs)
        self.shown = ""

    def type(self, keys: str) -> None:
        """Press ``keys``."""
        os.write(self._ours, keys.encode())

    def wait_for(self, pattern: str) -> None:
        """Read until ``pattern`` matches what was shown. Raises ``AssertionError`` after a while."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, self.shown, re.DOTALL):
            left = deadline - time.monotonic()
            assert left > 0, f"{pattern!r} did not appear:\n{self.shown}"
            if select.select([self._ours], [], [], left)[0]:
                assert self._read(), f"{pattern!r} did not appear before the end:\n{self.shown}"

    def end(self) -> int:
        """Press Ctrl-D, read to the end and return the exit status."""
        self.type("\x04")
        while select.select([self._ours], [], [], PATIENCE)[0] and self._read():
            pass
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        """Give the terminal back."""
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def _read(self) -> bool:
        try:
            read = os.read(self._ours, 65536)
        except OSError:  # the other end is closed
            return False
        self.shown += read.decode(errors="replace")
        return bool(read)


@pytest.fixture
def screen(environment: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Screen]:
    """A terminal with a conversation in it; the parameter gives further settings."""
    screen = Screen(environment | getattr(request, "param", {}))
    yield screen
    screen.close()


def test_conversation_in_a_terminal(screen: Screen) -> None:
    """Welcome with the emergency number, coloured answers, history with the arrow key, a farewell."""
    screen.wait_for("110.*›")
    screen.type("zastex tel\r")
    screen.wait_for("Quelle:.*›")
    assert ZASTEX_NUMBER in screen.shown
    screen.type("\x1b[A\r")
    screen.wait_for("Quelle:.*Quelle:.*›")
    assert screen.shown.count(ZASTEX_NUMBER) == 2
    assert COLOUR.search(screen.shown)
    assert screen.end() == 0
    assert "Auf Wiedersehen." in screen.shown


@pytest.mark.parametrize("screen", [{"NO_COLOR": "1"}], indirect=True, ids=["NO_COLOR"])
def test_no_color_is_respected(screen: Screen) -> None:
    screen.wait_for("›")
    screen.type("zastex tel\r")
    screen.wait_for("Quelle:.*›")
    assert screen.end() == 0
    assert not COLOUR.search(screen.shown), COLOUR.findall(screen.shown)


# --- settings and help -----------------------------------------------------------------------


def test_unknown_setting_is_one_line(lotse: Command) -> None:
    done = lotse("ask", "telefon zastex", LOTSE_KNOWLEDGE_DRI="x")
    assert done.stderr.startswith("lotse: LOTSE_KNOWLEDGE_DRI: ")
    assert "LOTSE_KNOWLEDGE_DIR" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (done.returncode, done.stdout) == (2, "")


def test_state_folder_that_cannot_be_written_is_no_hindrance(
    lotse: Command, small: Path, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    settings = {"LOTSE_STATE_DIR": str(tmp_path / "state"), "LOTSE_KNOWLEDGE_DIR": str(small)}
    done = lotse("ask", "telefon zastex", **settings)
    assert ZASTEX_NUMBER in done.stdout
    assert done.stderr == "", "it is kept beside the content"


@pytest.mark.parametrize("command", [["ask", "telefon zastex"], ["chat"], ["evaluate", "labelled"]])
def test_who_waits_each_time_because_nothing_can_be_kept_is_told_so_in_german(
    lotse: Command, small: Path, labelled: Path, tmp_path: Path, command: list[str]
) -> None:
    folder = tmp_path / "content"
    shutil.copytree(small, folder, ignore=shutil.ignore_patterns(".*"))
    for place in (folder / ".learned", tmp_path / "state"):
        place.write_text("a file", encoding="utf-8")
    settings = {"LOTSE_STATE_DIR": str(tmp_path / "state"), "LOTSE_KNOWLEDGE_DIR": str(folder)}
    arguments = [str(labelled) if argument == "labelled" else argument for argument in command]
    done = lotse(*arguments, said="telefon zastex\n", **settings)
    assert done.stdout
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("lotse:")]
    assert "darüber liegt eine Datei und kein Ordner" in line
    assert "LOTSE_STATE_DIR" in line
    assert "model cache" not in done.stderr


def test_what_was_learned_and_is_damaged_is_nothing_to_a_user(
    lotse: Command, small: Path, tmp_path: Path
) -> None:
    settings = {"LOTSE_STATE_DIR": str(tmp_path), "LOTSE_KNOWLEDGE_DIR": str(small)}
    lotse("learn", "--into", tmp_path / "learned", **settings)
    (kept,) = (tmp_path / "learned").iterdir()
    (kept / "content.json").write_text("damaged")
    done = lotse("ask", "telefon zastex", **settings)
    assert ZASTEX_NUMBER in done.stdout
    assert done.stderr == ""


def test_learn_keeps_what_was_learned_where_it_is_told_or_says_so(
    lotse: Command, small: Path, tmp_path: Path
) -> None:
    settings = {"LOTSE_STATE_DIR": str(tmp_path / "state"), "LOTSE_KNOWLEDGE_DIR": str(small)}
    done = lotse("learn", "--into", tmp_path / "kept", **settings)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name[:6] for path in (tmp_path / "kept").iterdir()] == ["model-"]
    assert not (tmp_path / "state").exists()
    (tmp_path / "file").write_text("a file")
    done = lotse("learn", "--into", tmp_path / "file", **settings)
    assert done.returncode == 2
    assert f"cannot be kept in {tmp_path / 'file'}" in done.stderr.splitlines()[-1]


def test_version(lotse: Command) -> None:
    assert lotse("--version").stdout == f"lotse, version {version('sicherheitslotse')}\n"


def test_help_lists_the_commands_in_german(lotse: Command) -> None:
    done = lotse("--help")
    for command in ("ask", "chat", "check", "evaluate", "run", "doctor", "config", "health"):
        assert re.search(rf"^  {command} +[A-ZÄÖÜ]\w+", done.stdout, re.MULTILINE)
    assert (done.returncode, done.stderr) == (0, "")
