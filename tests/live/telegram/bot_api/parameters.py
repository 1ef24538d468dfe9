"""The parameters of a call, from a query, a form, JSON or multipart, typed on access."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from .refusals import bad_request

File = tuple[str, bytes]
"""The name and the content of an uploaded file."""


class Parameters:
    """What was sent with a call. Every read names the type that the API documents."""

    def __init__(self, values: dict[str, Any], files: dict[str, File]) -> None:
        self.values = values
        self.files = files

    def has(self, name: str) -> bool:
        """Return whether the parameter is given and not empty."""
        return self.values.get(name) not in (None, "")

    def text(self, name: str, default: str = "") -> str:
        """Return a string."""
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, (dict, list, bool)):
            raise bad_request(f"can't parse {name}: Field must be of type String")
        return str(value)

    def integer(self, name: str, default: int | None = None) -> int | None:
        """Return an integer or the default."""
        value = self.values.get(name)
        if value is None or value == "":
            return default
        if isinstance(value, (bool, dict, list)):
            raise bad_request(f"can't parse {name}: Field must be of type Number")
        try:
            return int(value)
        except ValueError:
            raise bad_request(f"can't parse {name}: Field must be of type Number") from None

    def boolean(self, name: str) -> bool:
        """Return a truth value; absent means no."""
        value = self.values.get(name)
        return value is True or (isinstance(value, (str, int)) and str(value).lower() in ("true", "1", "yes"))

    def json(self, name: str, kind: type[Any]) -> Any:
        """Return an object or array that may be JSON text; ``None`` if absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise bad_request(f"can't parse {name} JSON object") from None
        if not isinstance(value, kind):
            expected = "an Object" if kind is dict else "an Array"
            raise bad_request(f"can't parse {name}: expected {expected}")
        return value


async def read(request: web.Request) -> Parameters:
    """Return the parameters of an HTTP request. Raises ``RefusalError`` for broken JSON."""
    values: dict[str, Any] = dict(request.query)
    files: dict[str, File] = {}
    if request.content_type == "application/json":
        raw = await request.read()
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            raise bad_request("can't parse request JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("can't parse request JSON object")
        values.update(body)
    elif request.method == "POST":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = (value.filename, value.file.read())
            elif isinstance(value, (bytes, bytearray)):
                files[name] = (name, bytes(value))
            else:
                values[name] = value
    return Parameters(values, files)
