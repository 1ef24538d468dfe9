"""The commented example of several processes in ``compose.yaml`` is one that would work."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import yaml

from adapters import settings
from adapters.redis import LONGEST_PAUSE
from adapters.telegram import shared
from tests.conftest import ROOT

VARIABLE = re.compile(r"LOTSE_[A-Z_]*[A-Z]\b(?!_)")


def example() -> tuple[dict[str, Any], ...]:
    """Return the three parts of the example: for the service, beside it, and for the end."""
    text = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    comment = "\n".join(re.findall(r"^#(?: (.*))?$", text[text.index("# Three Telegram processes") :], re.M))
    return tuple(yaml.safe_load(textwrap.dedent(part)) for part in comment.split("\n\n")[1:4])


def test_the_example_fits_settings_and_services() -> None:
    service, beside, end = example()
    given = settings.read(service["environment"])
    assert given["LOTSE_TELEGRAM_WEBHOOK_URL"].startswith("https://")
    host, port = given["LOTSE_TELEGRAM_WEBHOOK_LISTEN"]
    assert (host, service["deploy"]["replicas"]) == ("0.0.0.0", 3)
    names = [f"lotse-lotse-{number}:{port}" for number in (1, 2, 3)]
    source = beside["balancer"]["configs"][0]["source"]
    assert f"reverse_proxy {' '.join(names)} {{" in end["configs"][source]["content"]
    assert end["configs"][source]["content"].startswith("lotse.example.org {")
    assert set(service["depends_on"]) <= set(beside)
    assert f"//{service['depends_on'][0]}:" in given["LOTSE_REDIS_URL"]


def test_redis_in_the_example_writes_nothing_and_forgets_nothing() -> None:
    _, beside, _ = example()
    command = " ".join(beside["valkey"]["command"])
    for option in ("--save  --appendonly no", "--maxmemory-policy noeviction"):
        assert option in command
    assert beside["valkey"]["cap_drop"] == ["ALL"]
    assert beside["valkey"]["read_only"] is True
    assert "ports" not in beside["valkey"]


def test_the_image_can_speak_to_redis() -> None:
    assert "\nredis==" in (ROOT / "requirements.txt").read_text(encoding="utf-8")


def test_terms_in_the_document_are_those_of_the_code() -> None:
    text = " ".join((ROOT / "docs" / "scaling.md").read_text(encoding="utf-8").split())
    assert shared.LEASE == 3
    assert "hangs for three seconds counts as dead" in text
    assert shared.LEASE + 2 * shared.BEAT <= 4
    assert "is succeeded within four seconds" in text
    assert shared.LEASE + LONGEST_PAUSE < 12
    assert "Until twelve seconds after that nobody is declared dead" in text
    assert all(
        name in {variable.name for variable in settings.variables()} for name in VARIABLE.findall(text)
    )
