"""The parts of matrix-nio that are used: its Olm machine and key store, without its client.

Its package imports the client first, and with that aiohttp, HTTP/2 and proxies:
10 MB that a bot with its own HTTP would never use (measured). So the package is
put where Python looks for it, but not run until somebody asks for a name in it.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from typing import Any


def _postpone(name: str) -> None:
    """Let modules inside the package ``name`` be imported without the package itself."""
    spec = find_spec(name)
    if name in sys.modules or spec is None or spec.loader is None:
        return
    loader, package = spec.loader, module_from_spec(spec)

    def run(wanted: str) -> Any:
        del package.__dict__["__getattr__"]
        loader.exec_module(package)
        return getattr(package, wanted)

    package.__dict__["__getattr__"] = run  # asked for what the package lacks (PEP 562)
    sys.modules[name] = package


_postpone("nio")

# ruff: noqa: E402 - not before the package is where it is expected
from nio.crypto.device import OlmDevice
from nio.crypto.olm_machine import Olm
from nio.crypto.sessions import InboundGroupSession, OutboundGroupSession
from nio.events.to_device import OlmEvent, ToDeviceEvent
from nio.responses import KeysClaimResponse, KeysQueryResponse
from nio.store.database import SqliteStore

__all__ = [
    "InboundGroupSession",
    "KeysClaimResponse",
    "KeysQueryResponse",
    "Olm",
    "OlmDevice",
    "OlmEvent",
    "OutboundGroupSession",
    "SqliteStore",
    "ToDeviceEvent",
]
