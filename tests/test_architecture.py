"""Holds the rules on who may import whom, and that importing does nothing."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from bot import layout
from tests.conftest import ROOT

CORE = sorted((ROOT / "bot").rglob("*.py"))
EDGES = sorted((ROOT / "adapters").rglob("*.py"))
FORBIDDEN_IN_CORE = {"asyncio", "socket", "http", "urllib", "aiohttp", "telegram", "nio", "ssl"}
COMPOSITION = ("bot.__main__", "bot.command_line")
"""What puts the parts together: the one place of ``bot`` that knows adapters and the environment."""
SHARED_EDGES = {
    "base",
    "listening",
    "render",
    "settings",
    "observability",
    "http",
    "redis",
    "sealing",
    "reach",
}


def module_of(path: Path) -> str:
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    return name.removesuffix(".__init__")


def imports(path: Path, top_level_only: bool = False) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def composes(name: str) -> bool:
    """Return whether ``name`` is, or lies in, what puts the parts together."""
    return any(name == root or name.startswith(f"{root}.") for root in COMPOSITION)


def violations(path: Path, module: str) -> list[str]:
    """Return what ``module`` imports against the rules."""
    found = []
    parts = module.split(".")
    for name in imports(path):
        root = name.split(".")[0]
        in_core = parts[0] == "bot" and not composes(module)
        if in_core and (root in FORBIDDEN_IN_CORE or root == "adapters"):
            found.append(name)
        if composes(name) and not composes(module):
            found.append(name)
        if parts[0] == "adapters" and root == "adapters" and len(name.split(".")) > 1:
            other = name.split(".")[1]
            own = parts[1] if len(parts) > 1 else ""
            if other not in SHARED_EDGES and other != own and name != "adapters":
                found.append(name)
    return found


@pytest.mark.parametrize("path", CORE + EDGES, ids=module_of)
def test_imports_follow_the_rules(path: Path) -> None:
    assert violations(path, module_of(path)) == []


@pytest.mark.parametrize("path", CORE, ids=module_of)
def test_core_is_synchronous_and_knows_no_environment(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not composes(module_of(path)):
        awaiting = [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef | ast.Await)]
        assert awaiting == []
        named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not named & {"environ", "getenv"}


def test_core_imports_run_one_way() -> None:
    """The modules of the core, with their imports at the top, form no cycle."""
    known = {module_of(path) for path in CORE} - {"bot"}
    graph = {
        module_of(path): {name for name in imports(path, top_level_only=True) if name in known}
        for path in CORE
        if module_of(path) != "bot"
    }
    TopologicalSorter(graph).prepare()


LAYERS = (
    {"errors", "reply", "layout", "text", "signals"},
    {"knowledge", "grammar", "session"},
    {"commands", "content"},
    {"reading"},
    {"matching", "safety"},
    {"understanding"},
    {"answering"},
    {"turn"},
    {"dialogue"},
    {"measuring"},
)
"""The parts of the core from the bottom up: each may import what stands before it, and itself.

What tells of danger without a model ("safety") stands beside what is learned ("matching") and imports nothing of it.
"""


@pytest.mark.parametrize("path", CORE, ids=module_of)
def test_parts_of_the_core_import_downwards(path: Path) -> None:
    module = module_of(path)
    if composes(module) or module == "bot":
        return
    rank = {part: number for number, layer in enumerate(LAYERS) for part in layer}
    own = module.split(".")[1]
    used = {name.split(".")[1] for name in imports(path) if name.startswith("bot.")} - {own}
    assert {part for part in used if rank[part] >= rank[own]} == set()


def test_rules_notice_a_violation(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("import asyncio\nfrom adapters.matrix import channel\n")
    assert violations(planted, "bot.text") == ["asyncio", "adapters.matrix", "adapters.matrix.channel"]
    assert violations(planted, "adapters.console") == ["adapters.matrix", "adapters.matrix.channel"]
    assert violations(planted, "bot.command_line.serving") == []
    planted.write_text("from bot.command_line import assembly\n")
    upwards = ["bot.command_line", "bot.command_line.assembly"]
    assert violations(planted, "bot.dialogue") == violations(planted, "adapters.runner") == upwards


def test_every_package_is_installed() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"][
        "packages"
    ]
    assert {".".join(path.parent.relative_to(ROOT).parts) for path in CORE + EDGES} == {*listed} - {
        "knowledge"
    }


def test_every_library_that_is_imported_is_declared() -> None:
    """What only comes along with another one may be gone with its next version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["redis"]]
    names = {re.split(r"[\[<>=]", line)[0] for line in declared}
    known = packages_distributions()
    for path in CORE + EDGES:
        for name in {name.split(".")[0] for name in imports(path)} - {"bot", "adapters", "__future__"}:
            if name not in sys.stdlib_module_names:
                assert names & {found.lower().replace("_", "-") for found in known[name]}, f"{path}: {name}"


IDS = {layout.NONE, layout.ALARM, layout.FOLLOW_UP}


@pytest.mark.parametrize("path", CORE + EDGES, ids=module_of)
def test_ids_that_are_no_topics_are_spelt_out_in_one_module(path: Path) -> None:
    literals = {
        node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
    }
    assert literals & IDS == (IDS if module_of(path) == "bot.layout" else set())


def test_importing_prints_nothing_and_reads_no_content() -> None:
    code = "import bot, bot.__main__, adapters.console, adapters.settings; print('quiet')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert (done.stdout, done.stderr) == ("quiet\n", "")
