"""What a client as strict as Element shows of the bot's answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.matrix import MatrixSettings
from adapters.matrix.doctor import Finding, examine
from tests.live.matrix.conftest import BotProcess
from tests.live.matrix.javascript import JavaScriptPerson
from tests.live.matrix.people import is_welcome, wait_for
from tests.live.matrix.stranger import Stranger

PHONE = "+49 351 855-2223"


@pytest.fixture
def lotse(shared_lotse: BotProcess) -> BotProcess:
    """The bot that serves already."""
    return shared_lotse


def answers(person: JavaScriptPerson) -> list[dict[str, object]]:
    """Return what the person heard besides the welcome."""
    return [event for event in person.heard if not is_welcome(event["content"])]


@pytest.mark.parametrize("isolate", [False, True], ids=["any device", "secure devices only"])
def test_first_answer_carries_no_warning(
    lotse: BotProcess, new_js_person: Callable[..., JavaScriptPerson], isolate: bool
) -> None:
    """Both directions work, and the shield is NONE, also for clients that exclude insecure devices."""
    person = new_js_person(isolate)
    room = person.room(lotse.user)
    person.send(room, "!kontakt zastex")
    wait_for(lambda: len(answers(person)) >= 1, 20, "no answer")

    for event in person.heard:
        assert (event["unreadable"], event["shield"], event["reason"]) == (None, "NONE", None)
    assert PHONE in str(answers(person)[0]["content"])


def test_strict_clients_under_kills_of_the_bot(
    new_bot: Callable[..., BotProcess], new_js_person: Callable[..., JavaScriptPerson]
) -> None:
    """New keys and restarts between the questions: every answer is readable, and none carries a warning."""
    lotse = new_bot().start().serving()
    person = new_js_person(True)
    room = person.room(lotse.user)
    for number in range(12):
        if number % 3 == 0:
            person.rotate(room)
        if number % 4 == 3:
            lotse.kill()
        person.send(room, "!kontakt zastex")
        if number % 4 == 3:
            lotse.start()
    wait_for(lambda: len(answers(person)) >= 12, 40, "fewer than 12 answers")
    lotse.serving()
    assert lotse.stop() == 0

    assert len(answers(person)) == 12
    assert {(event["unreadable"], event["shield"]) for event in person.heard} == {(None, "NONE")}


def test_doctor_says_what_clients_show(new_bot: Callable[..., BotProcess]) -> None:
    """Before the first start, while serving, and for a device that nobody vouches for."""
    lotse = new_bot()
    chosen = ("homeserver", "user", "password")
    settings = MatrixSettings(
        **{name: lotse.settings[name] for name in chosen}, folder=Path(lotse.settings["folder"])
    )

    def examined() -> list[Finding]:
        return asyncio.run(examine(settings))

    assert [finding.sound for finding in examined()] == [True, True]
    lotse.start().serving()
    assert [finding.sound for finding in examined()] == [True, True, True]
    assert "no warning" in examined()[-1].text
    lotse.stop()
    other = Stranger(lotse.synapse, lotse.name)
    kept = {"user": lotse.user, "device": other.device, "token": other.token, "pickle_key": "x"}
    (settings.folder / "session.json").write_text(json.dumps(kept))
    assert "no keys" in examined()[-1].text
    other.publish()
    assert [finding.sound for finding in examined()] == [True, True, False]
    assert "red shield" in examined()[-1].text
