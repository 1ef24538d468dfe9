"""Tells an operator whether the Matrix set-up is sound, and what people see of the bot's device."""

from __future__ import annotations

from adapters.base import Finding
from adapters.matrix import trust
from adapters.matrix.api import Api, MatrixError, path
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import read_login
from bot.errors import ConfigError


async def examine(settings: MatrixSettings) -> list[Finding]:
    """Look at server, login and device without changing anything; also while the bot is running."""
    findings: list[Finding] = []
    async with Api(settings.homeserver, proxy=settings.proxy) as api:
        try:
            versions = await api.get("/_matrix/client/versions", timeout=15.0)
        except MatrixError as error:
            return [Finding(False, f"Homeserver {settings.homeserver} does not answer ({error}).")]
        count = len(versions.get("versions") or ())
        findings.append(Finding(True, f"Homeserver answers and knows {count} versions of the protocol."))
        try:
            login = read_login(settings.folder)
        except ConfigError as error:
            return [*findings, Finding(False, str(error))]
        if login is None:
            given = bool(settings.password or settings.token)
            text = (
                "Not logged in yet; the first start will." if given else "Not logged in, and no password set."
            )
            return [*findings, Finding(given, text)]
        api.token = login.token
        try:
            await api.get(path("account", "whoami"), timeout=15.0)
        except MatrixError as error:
            return [*findings, Finding(False, f"The access token is not accepted ({error}).")]
        findings.append(Finding(True, "The access token is accepted."))
        try:
            shown = await trust.inspect(api, login.user, login.device)
        except MatrixError as error:
            return [*findings, Finding(False, f"The device's keys cannot be looked up ({error}).")]
    return [*findings, _of_device(shown)]


def _of_device(shown: trust.Trust) -> Finding:
    if shown.sound:
        return Finding(True, "The device is vouched for by its owner: clients show no warning.")
    if not shown.device_known:
        return Finding(False, "The device has no keys on the server: encrypted rooms do not work.")
    return Finding(
        False,
        "The device is not vouched for by its owner: clients show a red shield, and those that exclude "
        "insecure devices neither give it keys nor show its answers. Start the bot once with its password.",
    )
