"""The words in which the Bot API refuses a call."""

from __future__ import annotations

from typing import Any


class RefusalError(Exception):
    """A call is refused: ``code`` and ``description`` as the real server gives them."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """Return the JSON answer of a refused call."""
        answer: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters is not None:
            answer["parameters"] = self.parameters
        return answer


def bad_request(why: str) -> RefusalError:
    """Return the 400 with its usual beginning."""
    return RefusalError(400, f"Bad Request: {why}")


def unauthorized() -> RefusalError:
    """The token is well-formed but not (or no longer) valid."""
    return RefusalError(401, "Unauthorized")


def not_found() -> RefusalError:
    """There is no such method, or the token is malformed."""
    return RefusalError(404, "Not Found")


def forbidden(why: str) -> RefusalError:
    """The person or group does not want the bot."""
    return RefusalError(403, f"Forbidden: {why}")


def migrated(chat: int) -> RefusalError:
    """The group is a supergroup now."""
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return RefusalError(400, text, {"migrate_to_chat_id": chat})


def other_poller() -> RefusalError:
    """A second getUpdates has ended this one."""
    return RefusalError(
        409,
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    )


def webhook_active() -> RefusalError:
    """getUpdates does not work while a webhook is set."""
    return RefusalError(
        409,
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first",
    )
