"""The Telegram channel: private chats, groups, topics, inline mode; by long polling or webhook.

An update is stored before it is confirmed and erased when its answer is known
to exist, so that a kill loses none and doubles none:

``settings``   what an operator may set       ``channel``     the whole, from start to stop
``poller``     fetching updates               ``webhook``     being delivered them
``intake``     from arrival to delivery       ``inbox``       what has no answer yet, on disk
``updates``    what an update asks            ``responder``   what is answered to it
``messages``   a reply as messages            ``keyboards``   the buttons under them
``cards``      contacts, inline results       ``wording``     sentences, of which some may be broken
``delivery``   which answer is next           ``shipment``    how far an answer has come
``courier``    making its calls happen        ``calls``       one call, mended when refused
``errors``     what is done about refusals    ``doctor``      is the set-up sound
``marks``      what is about to be sent       ``search``      does a message exist whose sending was lost
``overtaking`` alarms that may be mistaken    ``memory``      ids of chats and answers
``errands``    calls nothing waits for        ``outage``      one line when it begins, one when it ends
``transport``  HTTP                           ``profile``     name, commands, descriptions
``shared``     an inbox of several processes  ``relay``       handing updates over to each other
``scripts``    what Redis does in one piece
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.base import Desk
from adapters.telegram.settings import Settings, read

if TYPE_CHECKING:
    from adapters.telegram.channel import TelegramChannel

__all__ = ["Settings", "configure", "read"]


def configure(settings: Settings | None, desk: Desk) -> TelegramChannel | None:
    """Return the channel, ``None`` without settings. ``Settings`` raises ``ConfigError``."""
    # Every command reads the settings; only one needs the channel and what it is built on.
    from adapters.telegram.channel import TelegramChannel  # noqa: PLC0415

    return None if settings is None else TelegramChannel(settings, desk)
