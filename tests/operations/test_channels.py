"""A new channel is one new module: its name is its registration, and it names its own settings."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import adapters
from adapters import runner, settings
from bot.errors import ConfigError
from tests.conftest import ROOT

PIGEON = """
from adapters.settings import Variable
from bot.errors import ConfigError

VARIABLES = (
    Variable("LOTSE_PIGEON_LOFT", "Where the pigeons live."),
    Variable("LOTSE_PIGEON_WHISTLE", "What calls them.", secret=True),
)


def read(given):
    if not given["LOTSE_PIGEON_LOFT"]:
        raise ConfigError("LOTSE_PIGEON_LOFT: missing; set it.")
    return given["LOTSE_PIGEON_LOFT"]


def configure(own, desk):
    return (own, desk)
"""


@pytest.fixture
def pigeon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A channel that nothing else in the program has heard of."""
    (tmp_path / "pigeon.py").write_text(PIGEON, encoding="utf-8")
    monkeypatch.setattr(adapters, "__path__", [*adapters.__path__, str(tmp_path)])
    yield
    sys.modules.pop("adapters.pigeon", None)


def test_a_new_module_is_a_channel_with_settings(pigeon: None) -> None:
    given = settings.read({"LOTSE_PIGEON_LOFT": "attic", "LOTSE_PIGEON_WHISTLE": "coo-roo"})
    ((name, module),) = runner.configured(given).items()
    assert name == "pigeon"
    assert module.read(given) == "attic"
    assert given.secrets() == ["coo-roo"]
    assert ("LOTSE_PIGEON_LOFT", "attic", "environment") in given.shown()


def test_mistakes_in_its_settings_are_named(pigeon: None) -> None:
    with pytest.raises(ConfigError, match="did you mean LOTSE_PIGEON_LOFT"):
        settings.read({"LOTSE_PIGEON_LOTF": "attic"})
    given = settings.read({"LOTSE_PIGEON_WHISTLE": "coo-roo"})
    with pytest.raises(ConfigError, match="LOTSE_PIGEON_LOFT: missing"):
        runner.configured(given)["pigeon"].read(given)


def test_reading_settings_loads_no_channel() -> None:
    """``lotse ask`` and the health check of a container read them, too, and must stay quick."""
    code = (
        "import sys; from adapters import settings; settings.read({'LOTSE_TELEGRAM_TOKEN': 'x'})\n"
        "print(sorted({'aiohttp', 'telegram', 'nio'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "[]\n"
