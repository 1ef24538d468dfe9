"""Reads what was said in a room from the server, which keeps it."""

from __future__ import annotations

from adapters.matrix.api import Api, Json, path

_PAGE = 100
_MOST_PAGES = 50


class History:
    """What was said in rooms before."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def between(self, room: str, start: str, end: str) -> list[Json]:
        """Return the events of ``room`` between the tokens ``end`` and ``start``, oldest first."""
        found: list[Json] = []
        for _ in range(_MOST_PAGES):
            query = {"dir": "b", "from": start, "limit": str(_PAGE)}
            if end:
                query["to"] = end
            answer = await self._api.get(path("rooms", room, "messages"), query)
            chunk = _events(answer)
            found += chunk
            following = answer.get("end")
            if not chunk or not isinstance(following, str) or following == start:
                break
            start = following
        return found[::-1]

    async def recent(self, room: str) -> list[Json]:
        """Return the newest events of ``room``, at most one page, oldest first."""
        answer = await self._api.get(path("rooms", room, "messages"), {"dir": "b", "limit": str(_PAGE)})
        return _events(answer)[::-1]


def _events(answer: Json) -> list[Json]:
    chunk = answer.get("chunk")
    return [event for event in chunk if isinstance(event, dict)] if isinstance(chunk, list) else []
