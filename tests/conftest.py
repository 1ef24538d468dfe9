"""What the tests share: the shipped content, learned once, and a fresh bot for each test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from bot.content.loading import read_folder, shipped
from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.model import Model
from tests import learned

ROOT = Path(__file__).resolve().parent.parent

# No test is timed: a busy machine is not a fault.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run that all of its workers share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session", autouse=True)
def learned_folder(of_all_workers: Path) -> Path:
    """The folder in which the model of the shipped content lies after its first use."""
    folder = of_all_workers / "learned"
    os.environ[learned.FOLDER] = str(folder)
    return folder


@pytest.fixture(scope="session")
def content(learned_folder: Path) -> tuple[Knowledge, Model]:
    """The shipped content and its model."""
    return learned.content()


@pytest.fixture(scope="session")
def whole() -> Knowledge:
    """The shipped content with the lines it is learned from and the tree it is made from."""
    return read_folder(shipped())


@pytest.fixture
def bot(content: tuple[Knowledge, Model]) -> Bot:
    """A bot without memory of earlier tests."""
    return learned.fresh_bot()
