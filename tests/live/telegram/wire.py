"""Two independent judges of what a bot sends: aiogram's method models, a machine-readable Bot API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from aiogram import methods
from pydantic import BaseModel, ValidationError

Json = dict[str, Any]


def by_aiogram(method: str, values: Json) -> Iterator[str]:
    """Yield what aiogram's model of ``method`` finds wrong: types, missing and unknown names."""
    model = getattr(methods, method[0].upper() + method[1:], None)
    if model is None:
        yield f"{method}: no such method"
        return
    try:
        parsed = model.model_validate(values)
    except ValidationError as error:
        for problem in error.errors(include_input=False, include_url=False):
            yield f"{method}: {problem['loc']}: {problem['msg']}"
        return

    def extras(value: Any, path: str) -> Iterator[str]:
        if isinstance(value, BaseModel):
            for name in value.model_extra or {}:
                yield f"{method}: unknown name {path}{name}"
            for name in value.model_fields_set:
                yield from extras(getattr(value, name, None), f"{path}{name}.")
        elif isinstance(value, (list, tuple)):
            for item in value:
                yield from extras(item, path)

    yield from extras(parsed, "")


@cache
def _specification(path: str) -> Json:
    loaded: Json = json.loads(Path(path).read_text(encoding="utf-8"))
    return loaded


def by_specification(path: str, method: str, values: Json) -> Iterator[str]:
    """Yield what the Bot API in the file ``path`` (PaulSonOfLars' format) does not allow."""
    specification = _specification(path)
    definition = specification["methods"].get(method)
    if definition is None:
        yield f"{method}: no such method"
        return
    yield from _object(specification, definition.get("fields", []), values, method)


def _object(specification: Json, fields: list[Json], values: Json, path: str) -> Iterator[str]:
    known = {field["name"]: field for field in fields}
    for name in values:
        if name not in known:
            yield f"{path}: unknown name {name}"
    for name, field in known.items():
        if name not in values:
            if field["required"]:
                yield f"{path}: {name} is missing"
            continue
        value = values[name]
        problems = [list(_value(specification, kind, value, f"{path}.{name}")) for kind in field["types"]]
        if all(problems):
            yield min(problems, key=len)[0]


_SIMPLE: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Boolean": bool,
    "Float": (int, float),
    "InputFile": str,
}


def _value(specification: Json, kind: str, value: Any, path: str) -> Iterator[str]:
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{path}: no array"
            return
        for item in value:
            yield from _value(specification, kind.removeprefix("Array of "), item, path)
        return
    if kind in _SIMPLE:
        expected = _SIMPLE[kind]
        if not isinstance(value, expected) or (kind == "Integer" and isinstance(value, bool)):
            yield f"{path}: no {kind}"
        return
    definition = specification["types"][kind]
    if not isinstance(value, dict):
        yield f"{path}: no {kind}"
    elif definition.get("subtypes"):
        problems = [list(_value(specification, sub, value, path)) for sub in definition["subtypes"]]
        if all(problems):
            yield min(problems, key=len)[0]
    else:
        yield from _object(specification, definition.get("fields", []), value, path)
