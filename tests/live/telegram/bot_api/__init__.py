"""A strict Bot API server for tests, with a person's side. See ``server.BotApi``."""

from .faults import Fault
from .people import Person, answers_in, messages_in, person
from .server import TOKEN, BotApi, Call
from .world import Chat

__all__ = [
    "TOKEN",
    "BotApi",
    "Call",
    "Chat",
    "Fault",
    "Person",
    "answers_in",
    "messages_in",
    "person",
]
