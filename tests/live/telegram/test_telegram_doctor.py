"""``lotse doctor`` asks Telegram itself: token, webhook, other pollers; and changes nothing."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.telegram import Settings
from adapters.telegram.doctor import Finding, examine
from adapters.telegram.errors import CallError
from adapters.telegram.transport import Transport
from bot.__main__ import main
from tests.live.telegram.bot_api import TOKEN, BotApi, Fault, person
from tests.live.telegram.harness import free_port, run, serving

HOOK = "http://127.0.0.1:9/hook"


def settings(api: BotApi, folder: Path, webhook: str = "") -> Settings:
    return Settings(
        TOKEN, folder, api.url, webhook_url=webhook, webhook_listen=("127.0.0.1", 9) if webhook else None
    )


def bad(findings: list[Finding]) -> list[str]:
    return [finding.text for finding in findings if not finding.sound]


def said(findings: list[Finding]) -> str:
    return "\n".join(finding.text for finding in findings)


async def lotse_doctor(api: BotApi, folder: Path, **environment: str) -> tuple[int, str]:
    """Run the command and return its exit status and what it says."""
    values: dict[str, str | None] = {name: None for name in os.environ if name.startswith("LOTSE_")}
    values |= {
        "LOTSE_STATE_DIR": str(folder),
        "LOTSE_TELEGRAM_TOKEN": TOKEN,
        "LOTSE_TELEGRAM_BASE_URL": api.url,
    }
    command = partial(CliRunner().invoke, main, ["doctor"], env=values | environment)
    done = await asyncio.to_thread(command)
    return done.exit_code, done.output


def test_the_command(tmp_path: Path) -> None:
    """Status 0 when all is sound, 2 with a wrong token, which is shown nowhere."""

    async def scenario() -> None:
        async with BotApi() as api:
            # A waiting update ends the look for other pollers at once; it must stay.
            person(api).says("Telefon ZASTEX")
            status, text = await lotse_doctor(api, tmp_path)
            assert (status, "Telegram accepts the token" in text) == (0, True), text
            assert "1 updates wait for the start" in text
            wrong = TOKEN.replace("AAE", "AAF")
            status, text = await lotse_doctor(api, tmp_path, LOTSE_TELEGRAM_TOKEN=wrong)
            assert (status, "BAD  LOTSE_TELEGRAM_TOKEN: Telegram refuses" in text) == (2, True), text
            assert wrong.partition(":")[2] not in text
            assert len(api.world.updates) == 1
            assert {call.method for call in api.calls} <= {"getMe", "getWebhookInfo", "getUpdates"}
            assert not any("offset" in call.values or "allowed_updates" in call.values for call in api.calls)
        assert list(tmp_path.iterdir()) == [], "a doctor leaves nothing behind"

    run(scenario())


@asynccontextmanager
async def another_poller(api: BotApi) -> AsyncIterator[None]:
    """Somebody who polls with the same token for as long as the block runs."""
    transport = Transport(TOKEN, api.url)

    async def poll() -> None:
        while True:
            try:
                await transport.call("getUpdates", {"timeout": 20}, seconds=30)
            except CallError:
                await asyncio.sleep(0.1)

    task = asyncio.create_task(poll())
    await api.until(lambda: api.called("getUpdates"))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await transport.close()


def test_another_poller_is_noticed(tmp_path: Path) -> None:
    """Somebody else's poll ends ours: said as a mistake. Nobody there is sound."""

    async def scenario() -> None:
        async with BotApi() as api:
            assert bad(await examine(settings(api, tmp_path), listening=0)) == []
            async with another_poller(api):
                (text,) = bad(await examine(settings(api, tmp_path)))
            assert "another program polls" in text

    run(scenario())


def test_a_running_bot_is_not_disturbed(tmp_path: Path) -> None:
    """The bot of the same state folder goes on polling, and all is sound."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            await bench.api.until(lambda: len(bench.api.called("getUpdates")) >= 2, what="the long poll")
            polls = len(bench.api.called("getUpdates"))
            findings = await examine(settings(bench.api, tmp_path))
            assert bad(findings) == []
            assert "a bot is running here" in said(findings)
            assert len(bench.api.called("getUpdates")) == polls
        findings = await examine(settings(BotApi(), tmp_path))
        assert "cannot be reached" in said(findings)

    run(scenario())


def test_a_webhook_that_polling_will_remove(tmp_path: Path) -> None:
    """Named by its host only, because the rest of an address may be a secret."""

    async def scenario() -> None:
        async with BotApi() as api:
            api.webhook.url = "https://example.org/secret-path"
            findings = await examine(settings(api, tmp_path))
            assert bad(findings) == []
            assert "webhook to example.org is set" in said(findings)
            assert "secret-path" not in said(findings)

    run(scenario())


def test_the_webhook_of_a_running_bot(tmp_path: Path) -> None:
    """Sound while it is set and delivers; another one, a missing kind and failing deliveries are not."""

    async def scenario() -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}/hook"
        async with serving(tmp_path, webhook_url=url, webhook_listen=("127.0.0.1", port)) as bench:
            api = bench.api
            await api.until(lambda: bench.channel.healthy)
            mine = settings(api, tmp_path, url)
            findings = await examine(mine)
            assert bad(findings) == []
            assert "webhook is set and works" in said(findings)
            api.world.wanted = frozenset({"message"})
            assert "without callback_query" in bad(await examine(mine))[0]
            api.world.wanted = frozenset()
            api.webhook.error, api.webhook.error_at = "Connection refused", int(time.time() - 60)
            assert "could not deliver there 60 s ago" in bad(await examine(mine))[0]
            api.webhook.error_at = int(time.time() - 7200)
            assert bad(await examine(mine)) == [], "that is long ago, and nothing waits"
            api.webhook.url = "https://example.org/other"
            assert "it gets no updates" in bad(await examine(mine))[0]

    run(scenario())


def test_the_webhook_of_a_bot_that_does_not_run_yet(tmp_path: Path) -> None:
    """What the start will set is no mistake."""

    async def scenario() -> None:
        async with BotApi() as api:
            mine = settings(api, tmp_path, HOOK)
            for url in ("", "https://example.org/other"):
                api.webhook.url = url
                findings = await examine(mine)
                assert bad(findings) == []
                assert "the start sets LOTSE_TELEGRAM_WEBHOOK_URL" in said(findings)
            api.webhook.url = HOOK
            api.world.wanted = frozenset({"message"})
            findings = await examine(mine)
            assert bad(findings) == []
            assert "set without" in said(findings)

    run(scenario())


def test_what_the_account_may_not(tmp_path: Path) -> None:
    """What only @BotFather can change is said with its command."""

    async def scenario() -> None:
        async with BotApi() as api:
            keys = ("can_join_groups", "supports_inline_queries")
            api.world.bot |= dict.fromkeys(keys, False) | {"can_read_all_group_messages": True}
            findings = await examine(settings(api, tmp_path), listening=0)
            assert bad(findings) == []
            for command in ("/setjoingroups", "/setinline", "/setprivacy"):
                assert command in said(findings)

    run(scenario())


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "status", "code": 401, "description": "Unauthorized"}, "refuses the token"),
    ({"kind": "status", "code": 404, "description": "Not Found"}, "refuses the token"),
    ({"kind": "html", "code": 404}, "check the address"),
    ({"kind": "status", "code": 429, "description": "Too Many Requests"}, "refuses to answer (429)"),
    ({"kind": "html", "code": 502}, "refuses to answer (502)"),
    ({"kind": "cut"}, "cannot be reached"),
    ({"kind": "half"}, "cannot be reached"),
]


@pytest.mark.parametrize("method", ["getMe", "getWebhookInfo", "getUpdates"])
@pytest.mark.parametrize(("fault", "text"), FAULTS, ids=lambda value: str(value)[:30])
def test_faults_become_findings(tmp_path: Path, method: str, fault: dict[str, Any], text: str) -> None:
    """Whatever goes wrong is one sentence, without the token or a traceback."""

    async def scenario() -> None:
        async with BotApi() as api:
            api.faults.append(Fault(method, times=9, **fault))
            findings = await examine(settings(api, tmp_path), listening=0)
            assert text in bad(findings)[0]
            assert TOKEN.partition(":")[2] not in said(findings)

    run(scenario())
