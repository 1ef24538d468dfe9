"""Logs the bot in and keeps its device sound: one login, one key store, one identity.

A key store that was lost, restored from a backup or used by another program
cannot be repaired: messages would become unreadable in both directions without
an error anywhere. It is detected here, and answered with a new device that the
kept identity vouches for; the old device is deleted.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import ExitStack, closing
from dataclasses import dataclass

from adapters.matrix import trust
from adapters.matrix.api import Api, Json, MatrixError, path
from adapters.matrix.crypto import Machine
from adapters.matrix.keys import Keys, shown_keys
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Login, Store
from bot.errors import AccessError, ConfigError

log = logging.getLogger("lotse.matrix")

_GENERATION = "org.sicherheitslotse.key_store"
_ONE_TIME_KEYS = 50


@dataclass(frozen=True, slots=True)
class Device:
    """The bot's device: the connection that it is logged in on, its state, its keys and their exchange."""

    api: Api
    store: Store
    machine: Machine
    keys: Keys


async def open_device(api: Api, store: Store, settings: MatrixSettings, opened: ExitStack) -> Device:
    """Log in, open the key store, publish and cross-sign the device. ``opened`` closes it in the end.

    Raises ``AccessError`` when the server refuses the credentials, ``ConfigError``
    when something has to be set, and ``MatrixError`` when trying again may help.
    """
    login = await _login(api, store, settings)
    machine = opened.enter_context(closing(Machine(login, store.crypto_folder)))
    known = await _last_generation(api, login.user)
    if store.mark("sync") and int(store.mark("generation") or "0") < known:
        # An old copy of the ledger does not know what was answered since.
        log.warning("state.db is older than the account; nothing old is answered")
        store.set_mark("sync", "")
    if not await _is_sound(api, machine, known):
        machine = await _replace(api, store, settings, machine, opened)
    keys = Keys(api, machine)
    new = not machine.olm.account.shared
    try:
        await keys.publish(fallback=new, wanted=_ONE_TIME_KEYS if new else 0)
    except MatrixError as error:
        if error.status != 400:
            raise
        machine = await _replace(api, store, settings, machine, opened)
        keys = Keys(api, machine)
        await keys.publish(fallback=True, wanted=_ONE_TIME_KEYS)
    await trust.establish(api, store, machine, settings)
    await advance_generation(api, store, machine, known)
    await _delete_old_device(api, store, settings)
    return Device(api, store, machine, keys)


async def advance_generation(api: Api, store: Store, machine: Machine, known: int = 0) -> None:
    """Count the key store's generation up, here first and then on the server.

    Whoever later opens an older copy finds that the server has seen a newer one.
    """
    machine.generation = generation = max(machine.generation, known) + 1
    store.set_mark("generation", str(generation))
    content = {"generation": generation}
    await api.put(path("user", machine.user, "account_data", _GENERATION), content)


def revoked() -> AccessError:
    """Return the error that ends the channel when the access token is refused."""
    return AccessError(
        "Matrix: the server does not accept the bot's access token any more (it was logged out or "
        "deactivated). Set LOTSE_MATRIX_PASSWORD, or a new LOTSE_MATRIX_TOKEN, and start again."
    )


async def _login(api: Api, store: Store, settings: MatrixSettings) -> Login:
    kept = store.login()
    if kept is not None:
        if kept.user != settings.user:
            raise ConfigError(
                f"LOTSE_MATRIX_USER: {store.folder} belongs to another account; use another state folder."
            )
        api.token = kept.token
        try:
            await api.get(path("account", "whoami"))
            return kept
        except MatrixError as error:
            if not error.revoked:
                raise
        if settings.token and settings.token != kept.token:
            return await _token_login(api, store, settings)
        if not settings.password:
            raise revoked()
        log.warning("the kept access token is refused; logging in anew with the password")
        _remember_old_device(store, kept.device)
        return await _password_login(api, store, settings)
    if settings.token:
        return await _token_login(api, store, settings)
    if settings.password:
        return await _password_login(api, store, settings)
    raise ConfigError("LOTSE_MATRIX_PASSWORD: set it (or LOTSE_MATRIX_TOKEN) for the first login.")


async def _password_login(api: Api, store: Store, settings: MatrixSettings) -> Login:
    api.token = ""
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": settings.user},
        "password": settings.password,
        "initial_device_display_name": "Sicherheitslotse",
    }
    while True:
        try:
            answer = await api.post(path("login"), body)
            break
        except MatrixError as error:
            if error.limited:
                log.warning("the server asks to wait before logging in", extra={"seconds": error.retry_after})
                await asyncio.sleep(max(error.retry_after, 1.0))
            elif error.status in (404, 405):
                raise ConfigError(
                    f"LOTSE_MATRIX_HOMESERVER: no Matrix server answers at {settings.homeserver} "
                    f"({error.code or error.status}); give the address of the homeserver."
                ) from None
            elif error.status in (400, 401, 403):
                raise AccessError(
                    f"LOTSE_MATRIX_PASSWORD: the server refuses the login ({error.code or error.status}); "
                    "check it, and LOTSE_MATRIX_USER."
                ) from None
            else:
                raise
    return _keep(api, store, settings, {**answer, "token": answer.get("access_token")})


async def _token_login(api: Api, store: Store, settings: MatrixSettings) -> Login:
    api.token = settings.token
    try:
        answer = await api.get(path("account", "whoami"))
    except MatrixError as error:
        if error.revoked or error.status in (401, 403):
            raise AccessError(f"LOTSE_MATRIX_TOKEN: the server refuses it ({error.code}).") from None
        raise
    return _keep(api, store, settings, {**answer, "token": settings.token})


def _keep(api: Api, store: Store, settings: MatrixSettings, answer: Json) -> Login:
    user, device, token = (answer.get(field) for field in ("user_id", "device_id", "token"))
    if user != settings.user:
        raise ConfigError(
            "LOTSE_MATRIX_USER: the server says that the credentials are those of another user."
        )
    if not isinstance(device, str) or not isinstance(token, str) or not device or not token:
        raise ConfigError(
            "LOTSE_MATRIX_TOKEN: belongs to no device; create one by logging in with a password."
        )
    login = Login(settings.user, device, token, secrets.token_urlsafe(32))
    store.keep_login(login)
    api.token = token
    return login


async def _is_sound(api: Api, machine: Machine, known: int) -> bool:
    """Return whether this key store is the one that the server and everybody else know."""
    shown = await shown_keys(api, machine.user)
    published = shown.get("device_keys", {}).get(machine.user, {}).get(machine.device)
    if published is None:
        machine.olm.account.shared = False
        return True
    if published.get("keys") != machine.device_keys()["keys"]:
        log.error(
            "the key store is not the one of this device: it was lost, or another program uses the device"
        )
        return False
    if machine.generation < known:
        log.error("the key store was restored from an old copy")
        return False
    machine.olm.account.shared = True
    return True


async def _replace(
    api: Api, store: Store, settings: MatrixSettings, machine: Machine, opened: ExitStack
) -> Machine:
    """Log in as a new device. The seeds are kept, so that it is trusted at once."""
    if not settings.password:
        raise AccessError(
            "Matrix: the key store does not fit the device, and a new device needs a login. Set "
            f"LOTSE_MATRIX_PASSWORD, or delete {store.folder / 'session.json'} and set a LOTSE_MATRIX_TOKEN "
            "that no other program has used."
        )
    log.warning("a new device takes over; the old one is deleted")
    machine.close()
    _remember_old_device(store, machine.device)
    for file in store.crypto_folder.glob("*.db*"):
        file.unlink()
    login = await _password_login(api, store, settings)
    return opened.enter_context(closing(Machine(login, store.crypto_folder)))


def _remember_old_device(store: Store, device: str) -> None:
    store.set_mark("old_device", device)


async def _delete_old_device(api: Api, store: Store, settings: MatrixSettings) -> None:
    device = store.mark("old_device")
    if not device or not settings.password:
        return
    url = path("delete_devices")
    try:
        try:
            await api.post(url, {"devices": [device]})
        except MatrixError as error:
            if error.status != 401:
                raise
            auth = trust.password_auth(settings.user, settings.password, error)
            await api.post(url, {"devices": [device], "auth": auth})
    except MatrixError as error:
        log.warning("the old device could not be deleted", extra={"error": str(error)})
        return
    store.set_mark("old_device", "")


async def _last_generation(api: Api, user: str) -> int:
    try:
        content = await api.get(path("user", user, "account_data", _GENERATION))
    except MatrixError as error:
        if error.status == 404:
            return 0
        raise
    generation = content.get("generation")
    return generation if isinstance(generation, int) else 0
