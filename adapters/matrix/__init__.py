"""The Matrix channel: trusted in encrypted rooms, exactly once, unimpressed by malformed events.

matrix-nio does the cryptography and keeps the keys; everything that talks to
the server, remembers and decides is here:

``settings``    what an operator may set        ``store``           what is kept on disk
``api``         HTTP                            ``account``         login and device
``library``     what is used of matrix-nio      ``crypto``          the keys of the device
``keys``        their exchange                  ``bounds``          what strangers could fill
``decryption``  reading what is encrypted       ``undecrypted``     what cannot be read yet
``trust``       cross-signing                   ``secret_storage``  its backup in the account
``sync``        what is new                     ``history``         what was said before
``inflow``      taking in what a sync brings    ``upkeep``          what is done beside it
``queues``      in which order it is handled    ``backlog``         what is not settled yet
``hearing``     seeing it through to its end    ``heard``           what was said: values
``rooms``       who is where                    ``membership``      joining and leaving
``addressing``  what is said to the bot         ``answering``       answering it
``notices``     what is said without a question ``conversations``   threads and options under way
``outgoing``    what is sent                    ``delivery``        sending it
``service``     one run, from sync to stop      ``channel``         the whole, from login to end
``doctor``      is the set-up sound
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.base import Desk
from adapters.matrix.settings import MatrixSettings, read

if TYPE_CHECKING:
    from adapters.matrix.channel import MatrixChannel

__all__ = ["MatrixSettings", "configure", "read"]


def configure(settings: MatrixSettings | None, desk: Desk) -> MatrixChannel | None:
    """Return the channel, ``None`` without settings. ``MatrixSettings`` has checked them."""
    # Every command reads the settings; only one needs the channel and what it is built on.
    from adapters.matrix.channel import MatrixChannel  # noqa: PLC0415

    return None if settings is None else MatrixChannel(settings, desk)
