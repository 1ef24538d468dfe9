"""What the tests share: the shipped content, fitted once, and a fresh bot for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.loading import shipped
from bot.matching import cache
from bot.matching.model import Model

ROOT = Path(__file__).resolve().parent.parent

# No test is timed: a busy machine is not a fault.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def learned_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the model of the shipped content lies after its first use."""
    return tmp_path_factory.mktemp("learned")


@pytest.fixture(scope="session")
def content(learned_folder: Path) -> tuple[Knowledge, Model]:
    """The shipped content and its model."""
    return cache.load(shipped(), [learned_folder])


@pytest.fixture
def bot(content: tuple[Knowledge, Model]) -> Bot:
    """A bot without memory of earlier tests."""
    return Bot(*content)
