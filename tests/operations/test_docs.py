"""What the documents say about settings, metrics, log lines and privacy is what the program does."""

from __future__ import annotations

import ast
import json
import re

import pytest

from adapters import settings
from adapters.base import TurnRecord
from adapters.metrics import Metrics
from adapters.observability import ChannelStatus, ContentStatus, State
from adapters.telegram.inbox import KEPT
from bot import session
from bot.__main__ import COMMANDS
from bot.dialogue import Bot
from tests.conftest import ROOT

OPERATING = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
PRIVACY = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")


def test_table_of_settings_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(LOTSE_\w+)` \| (.*?) \| (?:`(.*?)`)? ?\| (yes)? ?\|$", OPERATING, re.MULTILINE)
    expected = [(v.name, v.meaning, v.default, "yes" if v.secret else "") for v in settings.variables()]
    assert rows == expected


@pytest.mark.parametrize(
    "folder",
    [
        "bot",
        "bot/answering",
        "bot/command_line",
        "bot/content",
        "bot/matching",
        "bot/measuring",
        "bot/reading",
        "bot/safety",
        "bot/turn",
        "bot/understanding",
        "adapters",
        "adapters/matrix",
        "adapters/telegram",
    ],
)
def test_every_module_is_on_the_map(folder: str) -> None:
    """``docs/architecture.md`` names them; of a channel the page that its package opens with does."""
    own = folder.startswith("adapters/")
    page = ROOT / folder / "__init__.py" if own else ROOT / "docs" / "architecture.md"
    named = set(re.findall(r"`(?:[a-z]+/)*(\w+)(?:\.py)?`", page.read_text(encoding="utf-8")))
    modules = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}
    assert modules - named == set()


def test_every_variable_that_is_mentioned_exists() -> None:
    known = {variable.name for variable in settings.variables()}
    for name in ("docs/operating.md", "compose.yaml", "Dockerfile", "deploy/lotse.service"):
        text = (ROOT / name).read_text(encoding="utf-8")
        mentioned = {word.removesuffix("_FILE") for word in re.findall(r"\bLOTSE_[A-Z_]+[A-Z]", text)}
        assert mentioned <= known, name


def metric_names() -> set[str]:
    metrics = Metrics("1")
    metrics.follow(lambda: [ChannelStatus("x", State.SERVING, 1.0)], lambda: ContentStatus("d", 0.0))
    metrics.record(TurnRecord("x", "answer", "zastex", 0.001))
    page = metrics.page().decode()
    return {re.split(r"[{ ]", line)[0] for line in page.splitlines() if not line.startswith("#")}


def test_every_metric_is_described() -> None:
    described = set(re.findall(r"^\| `(lotse_\w+)` \|", OPERATING, re.MULTILINE))
    families = {re.sub(r"_(bucket|count|sum|created)$", "", name) for name in metric_names()}
    own = {name for name in families if name.startswith("lotse_")}
    missing = {name for name in own if name not in described and f"{name}_total" not in described}
    assert missing == set()
    assert described - {"lotse_log_messages_total"} <= own | {f"{name}_total" for name in own}


def test_dashboard_asks_only_for_metrics_that_exist() -> None:
    board = json.loads((ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\b((?:lotse|process)_\w+)", target["expr"])
    }
    assert len(asked) > 10
    assert asked <= metric_names() | {"lotse_log_messages_total"}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_the_readme_names_every_command() -> None:
    """``chat`` stands there as ``lotse`` alone."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = {name for name, entry in COMMANDS.items() if not entry.is_hidden}
    assert {*re.findall(r"`lotse (\w+)", readme), "chat"} == shown


@pytest.mark.parametrize(
    "file",
    ["adapters/runner.py", "adapters/reload.py", "adapters/observability.py", "bot/command_line/serving.py"],
)
def test_every_log_line_of_operation_is_explained(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    messages = [
        str(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"info", "warning", "error", "critical"}
        and isinstance(call.args[0], ast.Constant)
    ]
    assert messages
    for message in messages:
        begun = message.partition("%s")[0].strip()
        assert f"`{message}`" in OPERATING or f"`{begun}" in OPERATING


@pytest.mark.parametrize(
    ("in_the_bot", "in_the_document"),
    [
        (r"speichere weder Ihre Worte noch Ihren Namen", r"speichert weder Worte noch Namen"),
        (r"Bis zu 30 Minuten", r"Bis zu 30 Minuten"),
        (r"Arbeitsspeicher", r"Arbeitsspeicher"),
        (r"mit /vergessen\s+sofort", r"mit \*\*/vergessen\*\* sofort"),
        (r"nur Nummern von\s+Nachrichten", r"nur Nummern von Nachrichten"),
        (
            r"sieht, wer mir wann schreibt, bei Telegram auch den Text",
            r"sieht, wer wann schreibt, bei Telegram auch den Text",
        ),
        (r"keine Namen und keine Einzelheiten", r"keine Namen und keine Einzelheiten"),
    ],
)
def test_bot_and_document_say_the_same_on_privacy(bot: Bot, in_the_bot: str, in_the_document: str) -> None:
    said = "\n".join(bot.choose("privacy", "bot.privacy").paragraphs)
    assert re.search(in_the_bot, said)
    assert re.search(in_the_document, PRIVACY)


def test_terms_in_the_privacy_document_are_those_of_the_code() -> None:
    assert session.SECONDS == 30 * 60
    assert f"| {KEPT / 3600:.0f} Stunden |" in PRIVACY
    matrix = (ROOT / "adapters" / "matrix" / "upkeep.py").read_text(encoding="utf-8")
    days = re.search(r"_LEDGER_AGE = (\d+) \* 86400", matrix)
    assert days is not None
    assert f"| {days[1]} Tage |" in PRIVACY
