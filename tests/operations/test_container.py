"""Image, compose file and unit: what can be checked without building or starting them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction of a Dockerfile; ``stage`` counts from 0."""

    stage: int
    word: str
    rest: str


def instructions(text: str) -> list[Instruction]:
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    found, stage = [], -1
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        stage += word == "FROM"
        found.append(Instruction(stage, word, " ".join(rest.split())))
    return found


def faults(text: str) -> list[str]:
    """Return what is wrong with a Dockerfile by our own rules."""
    steps = instructions(text)
    last = [step for step in steps if step.stage == steps[-1].stage]
    words = {step.word: step.rest for step in last}
    every = " ".join(step.rest for step in steps if step.word == "RUN")
    rules = {
        "two stages": steps[-1].stage == 1,
        "slim bases": all("-slim" in step.rest for step in steps if step.word == "FROM"),
        "no latest": not any(":latest" in step.rest for step in steps),
        "locked with hashes": all(
            {"--require-hashes", "--only-binary=:all:"} <= set(install.split()) or install.endswith(" .")
            for install in re.findall(r"pip install [^&]*[^& ]", every)
        ),
        "no build tool from outside the lock": every.count("--no-build-isolation") == 2
        and "build.txt" in every,
        "nothing of the network in the second install": "--no-deps --no-build-isolation ." in every,
        "nothing installed in the last stage": not any(
            "pip" in step.rest for step in last if step.word == "RUN"
        ),
        "a user that is not root": bool(re.fullmatch(r"[1-9]\d+:[1-9]\d+", words.get("USER", ""))),
        "user set last": [s.word for s in last].index("USER")
        > max(i for i, s in enumerate(last) if s.word == "RUN"),
        "one volume": [s.rest for s in steps if s.word == "VOLUME"] == ["/state"],
        "stopped by SIGTERM": words.get("STOPSIGNAL") == "SIGTERM",
        "health by the program": words.get("HEALTHCHECK", "").endswith('CMD ["lotse", "health"]'),
        "no shell around the program": words.get("ENTRYPOINT") == '["lotse"]'
        and words.get("CMD") == '["run"]',
        "bytecode in both stages": [s.stage for s in steps if s.word == "RUN" and "compileall" in s.rest]
        == [0, 1],
        "no ADD": not any(step.word == "ADD" for step in steps),
        "no secret": not re.search(r"(ENV|ARG)[^\n]*(TOKEN|PASSWORD|SECRET|_KEY)", text),
    }
    return [name for name, holds in rules.items() if not holds]


DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_dockerfile_keeps_the_rules() -> None:
    assert faults(DOCKERFILE) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("USER 10001:10001", "USER root", "a user that is not root"),
        ("pip install --require-hashes ", "pip install ", "locked with hashes"),
        ("STOPSIGNAL SIGTERM", "STOPSIGNAL SIGKILL", "stopped by SIGTERM"),
        ('ENTRYPOINT ["lotse"]', "ENTRYPOINT lotse", "no shell around the program"),
        ("VOLUME /state", "VOLUME /state /data", "one volume"),
        ("RUN python -m compileall", "RUN true", "bytecode in both stages"),
    ],
)
def test_rules_notice_a_fault(old: str, new: str, fault: str) -> None:
    assert old in DOCKERFILE
    assert fault in faults(DOCKERFILE.replace(old, new))


@pytest.mark.skipif(shutil.which("hadolint") is None, reason="hadolint is not installed")
def test_linter_for_dockerfiles_has_no_complaint() -> None:
    command = ["hadolint", "--no-color", str(ROOT / "Dockerfile")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_install_steps_bring_program_and_content(tmp_path: Path) -> None:
    """The copies and the second install of the build stage, replayed: what they leave out is missing here."""
    build, site = tmp_path / "build", tmp_path / "site"
    build.mkdir()
    excluded = shutil.ignore_patterns("__pycache__", ".learned")
    for step in instructions(DOCKERFILE):
        if step.stage == 0 and step.word == "COPY":
            *sources, target = step.rest.split()
            for source in sources:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, build / target, ignore=excluded)
                else:
                    shutil.copy(ROOT / source, build / target)
    # What pip calls, without pip around it; test_image.py runs the steps as they are written.
    wheel = ["-c", "from setuptools import build_meta; build_meta.build_wheel('.')"]
    subprocess.run([sys.executable, *wheel], cwd=build, check=True, capture_output=True)
    (built,) = build.glob("*.whl")
    shutil.unpack_archive(built, site, "zip")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import adapters.matrix, adapters.runner, bot.content.loading as k, pathlib, importlib.resources as r\n"
        "assert pathlib.Path(k.__file__).is_relative_to(sys.argv[1])\n"
        "assert r.files('adapters.matrix').joinpath('avatar.png').is_file()\n"
        "print(len(k.read_folder(k.shipped()).topics))"
    )
    command = [sys.executable, "-P", "-c", code, str(site)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={})
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) >= 8


def test_ignored_files_are_all_but_those_that_are_copied() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    copied = {
        source
        for step in instructions(DOCKERFILE)
        if step.stage == 0 and step.word == "COPY"
        for source in step.rest.split()[:-1]
    }
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} == copied


def compose() -> Mapping[str, Any]:
    loaded: Mapping[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def test_compose_confines_the_service() -> None:
    service = compose()["services"]["lotse"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["volumes"] == ["state:/state"]
    assert "ports" not in service
    assert service["restart"] == "unless-stopped", "on-failure leaves it off after a reboot of the machine"
    assert not re.search(r"restart: (?!unless-stopped)", (ROOT / "compose.yaml").read_text(encoding="utf-8"))
    assert int(service["stop_grace_period"].removesuffix("s")) >= 15 + 7
    secrets = set(service["secrets"])
    assert secrets == set(compose()["secrets"])
    assert all(not name.endswith(("TOKEN", "PASSWORD")) for name in service["environment"])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_unit_is_valid_and_hardened() -> None:
    unit = str(ROOT / "deploy" / "lotse.service")
    verify = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    complaints = [
        row for row in verify.stderr.splitlines() if "lotse.service" in row and "not executable" not in row
    ]
    assert complaints == []
    rate = ["systemd-analyze", "security", "--offline=yes", "--threshold=20", unit]
    assert subprocess.run(rate, capture_output=True, check=False).returncode == 0


def test_unit_does_not_restart_after_a_mistake() -> None:
    text = (ROOT / "deploy" / "lotse.service").read_text(encoding="utf-8")
    for line in ("RestartPreventExitStatus=2", "ExecReload=/bin/kill -HUP $MAINPID", "TimeoutStopSec=30s"):
        assert line in text.splitlines()
    assert {"Type=notify", "WatchdogSec=60s"} <= set(text.splitlines()), "what adapters/systemd.py is for"
