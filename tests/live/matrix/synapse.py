"""A real Synapse on loopback, from its Python package, with SQLite and without limits."""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_UNLIMITED = {"per_second": 10000, "burst_count": 10000}
_LIMITS: Json = {
    "rc_message": _UNLIMITED,
    "rc_registration": _UNLIMITED,
    "rc_login": {"address": _UNLIMITED, "account": _UNLIMITED, "failed_attempts": _UNLIMITED},
    "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
    "rc_joins_per_room": _UNLIMITED,
    "rc_invites": {"per_room": _UNLIMITED, "per_user": _UNLIMITED, "per_issuer": _UNLIMITED},
    "rc_room_creation": _UNLIMITED,
    "rc_key_requests": _UNLIMITED,
}


def python_of_synapse() -> str:
    """Return the interpreter that has Synapse, ``""`` if there is none.

    It may live in an environment of its own: ``SYNAPSE_PYTHON`` names its interpreter.
    """
    given = os.environ.get("SYNAPSE_PYTHON", "")
    return given or (sys.executable if importlib.util.find_spec("synapse") else "")


def free_port() -> int:
    """Return a port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        assert isinstance(port, int)
        return port


class Synapse:
    """One homeserver in its own folder. ``limited`` keeps the default rate limits for messages."""

    def __init__(self, folder: Path, limited: bool = False) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._configure(limited)

    def start(self) -> None:
        """Start, and return when it answers."""
        with (self.folder / "out.log").open("ab") as out:
            self._process = subprocess.Popen(
                [
                    python_of_synapse(),
                    "-m",
                    "synapse.app.homeserver",
                    "-c",
                    str(self.folder / "homeserver.yaml"),
                ],
                cwd=self.folder,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                urllib.request.urlopen(self.address + "/_matrix/client/versions", timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)  # nothing to wait on but the port itself
        raise RuntimeError((self.folder / "out.log").read_text()[-2000:])

    @property
    def pid(self) -> int:
        """The id of its process."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop it."""
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(30)

    def register(self, name: str, password: str = "pw", admin: bool = False) -> str:
        """Create an account and return its user id."""
        nonce = self.request("GET", "/_synapse/admin/v1/register")["nonce"]
        parts = (nonce, name, password, "admin" if admin else "notadmin")
        mac = hmac.new(b"shared", "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": admin, "mac": mac}
        self.request("POST", "/_synapse/admin/v1/register", {**body, "inhibit_login": True})
        return f"@{name}:localhost"

    def request(self, method: str, path: str, body: Json | None = None, token: str = "") -> Json:
        """Send one request. Raises ``urllib.error.HTTPError``."""
        request = urllib.request.Request(
            self.address + path, None if body is None else json.dumps(body).encode(), method=method
        )
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            parsed = json.loads(answer.read() or b"{}")
        assert isinstance(parsed, dict)
        return parsed

    def _configure(self, limited: bool) -> None:
        folder = self.folder
        folder.mkdir(parents=True, exist_ok=True)
        config: Json = {
            "server_name": "localhost",
            "report_stats": False,
            "bcrypt_rounds": 4,
            "listeners": [
                {
                    "port": self.port,
                    "bind_addresses": ["127.0.0.1"],
                    "type": "http",
                    "tls": False,
                    "resources": [{"names": ["client"], "compress": False}],
                }
            ],
            "database": {"name": "sqlite3", "args": {"database": str(folder / "hs.db")}},
            "log_config": str(folder / "log.yaml"),
            "media_store_path": str(folder / "media"),
            "signing_key_path": str(folder / "signing.key"),
            "registration_shared_secret": "shared",
            "macaroon_secret_key": "macaroon",
            "form_secret": "form",
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "presence": {"enabled": False},
            "federation_domain_whitelist": [],
            **({"rc_login": _LIMITS["rc_login"], "rc_room_creation": _UNLIMITED} if limited else _LIMITS),
        }
        log: Json = {"version": 1, "root": {"level": "WARNING", "handlers": ["file"]}}
        log["handlers"] = {"file": {"class": "logging.FileHandler", "filename": str(folder / "hs.log")}}
        # JSON is YAML.
        (folder / "homeserver.yaml").write_text(json.dumps(config))
        (folder / "log.yaml").write_text(json.dumps(log))
        (folder / "signing.key").write_text(
            f"ed25519 a_test {secrets.token_urlsafe(32).replace('-', 'A').replace('_', 'B')}\n"
        )
