"""What can go wrong with a call, and what is done about each refusal: one table.

Refusals are told apart by fragments of the description because the Bot API
has no finer codes; the fragments are those of telegram-bot-api and TDLib.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from adapters.base import backoff
from bot.errors import AccessError

LONGEST_WAIT = 60.0
"""Seconds after which a chat is tried again, whatever the server asks for."""
MOST_TRIES = 8
"""Attempts in a row before a call is put aside."""
MOST_DENIALS = 4
"""Refusals of the token in a row after which it counts as revoked: one may be a slip of the server."""


class CallError(Exception):
    """Base of what ``Transport.call`` raises. Carries neither the token nor a text of a person."""


class UnreachableError(CallError):
    """No answer. ``maybe_done``: the request may have taken effect before the answer was lost."""

    def __init__(self, reason: str, maybe_done: bool) -> None:
        super().__init__(reason)
        self.maybe_done = maybe_done


class RefusedError(CallError):
    """The server answered with an error. ``foreign``: it is not the Bot API that did, but a gateway, say."""

    def __init__(
        self,
        code: int,
        description: str,
        retry_after: float | None = None,
        moved_to: int | None = None,
        *,
        foreign: bool = False,
    ) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.retry_after = retry_after
        self.moved_to = moved_to
        self.foreign = foreign

    @property
    def is_denial(self) -> bool:
        """Whether the Bot API does not know the token: 401, or 404 for one of another shape."""
        return self.code in (401, 404) and not self.foreign


class Denials:
    """Counts how often in a row the token was refused."""

    def __init__(self) -> None:
        self._count = 0

    def note(self, *, is_denial: bool) -> bool:
        """Take note of a refusal; return whether the token is refused for good. Other refusals change nothing."""
        self._count += is_denial
        return self._count >= MOST_DENIALS

    def forget(self) -> None:
        """Begin anew: the token was accepted."""
        self._count = 0


def denied() -> AccessError:
    """Return what ends the channel when the token is refused for good."""
    return AccessError("LOTSE_TELEGRAM_TOKEN: Telegram refuses the token; get a new one from @BotFather.")


class Course(StrEnum):
    """What to do after a refusal."""

    DONE = "done"  # what was wanted is already so, or cannot matter any more
    AGAIN = "again"  # passing trouble: back off and try again
    WAIT = "wait"  # the chat is flooding: wait as long as the server says
    DOUBT = "doubt"  # are our credentials still good? ask, then try again
    PLAIN = "plain"  # our formatting is refused: send the plain text
    NEW = "new"  # the message to edit is gone: send a new one
    NO_THREAD = "no thread"  # the topic is closed or gone: write to the group itself
    SPLIT = "split"  # too long: send in shorter parts
    BARE = "bare"  # a button is refused: send without the keyboard
    MOVED = "moved"  # the group has a new id
    GONE = "gone"  # the chat does not want us: ask once more, then give this one up
    BARER = "barer"  # refused for a reason we do not know: leave out all that is not the words


_BAD_REQUESTS = (
    ("can't parse entities", Course.PLAIN),
    ("message to edit not found", Course.NEW),
    ("message can't be edited", Course.NEW),
    ("message_id_invalid", Course.NEW),
    ("there is no text in the message to edit", Course.NEW),
    ("message thread not found", Course.NO_THREAD),
    ("topic_closed", Course.NO_THREAD),
    ("topic_deleted", Course.NO_THREAD),
    ("message is too long", Course.SPLIT),
    ("message_too_long", Course.SPLIT),
    ("button_", Course.BARE),
    ("inline keyboard", Course.BARE),
    ("reply markup", Course.BARE),
    ("not enough rights", Course.GONE),
    ("have no rights", Course.GONE),
    ("chat not found", Course.GONE),
    ("chat_write_forbidden", Course.GONE),
    ("group chat was deactivated", Course.GONE),
    ("user is deactivated", Course.GONE),
)


def course(refused: RefusedError, method: str) -> Course:
    """Return what to do after ``method`` was refused."""
    if refused.moved_to is not None:
        return Course.MOVED
    if refused.code == 429:
        return Course.WAIT
    if refused.foreign and refused.code != 413:
        return Course.AGAIN
    if refused.is_denial:
        return Course.DOUBT
    if refused.code == 403:
        return Course.GONE
    if refused.code == 400:
        return _bad_request(refused.description.lower(), method)
    if refused.code == 413:
        return Course.BARER
    return Course.AGAIN


def _bad_request(said: str, method: str) -> Course:
    if method.startswith("edit") and "message is not modified" in said:
        return Course.DONE
    if method.startswith("answer"):
        # Too old, or answered before: nobody waits for it any more.
        return Course.DONE
    unknown = Course.NEW if method.startswith("edit") else Course.BARER
    return next((what for fragment, what in _BAD_REQUESTS if fragment in said), unknown)


def maybe_done(error: CallError) -> bool:
    """Return whether the call may have taken effect although it failed."""
    if isinstance(error, UnreachableError):
        return error.maybe_done
    return isinstance(error, RefusedError) and error.code >= 500


@dataclass(frozen=True, slots=True)
class Backoff:
    """Growing pauses with jitter, in seconds."""

    first: float = 0.5
    longest: float = 30.0

    def pause(self, attempt: int) -> float:
        """Return the pause before try number ``attempt`` + 1 (counted from 1)."""
        return backoff(attempt, self.first, self.longest)


def flood_pause(refused: RefusedError) -> float:
    """Return how long to wait after a 429: what the server asks for, half a second more, capped."""
    asked = 1.0 if refused.retry_after is None else max(0.0, refused.retry_after)
    return min(asked + 0.5, LONGEST_WAIT)
