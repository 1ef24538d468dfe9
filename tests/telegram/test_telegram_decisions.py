"""Refusals, buttons, cards, texts, look-ups and the inbox, each without a network."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.telegram import cards, messages
from adapters.telegram.calls import editing, mend, sending
from adapters.telegram.errors import (
    Backoff,
    Course,
    Denials,
    RefusedError,
    UnreachableError,
    course,
    flood_pause,
    maybe_done,
)
from adapters.telegram.inbox import SqliteInbox, _lock
from adapters.telegram.keyboards import (
    Captions,
    Card,
    Choice,
    card_data,
    choice_data,
    fingerprint,
    is_of,
    keyboard,
    read_data,
)
from adapters.telegram.marks import Trace
from adapters.telegram.responder import Parcel
from adapters.telegram.search import candidates
from adapters.telegram.settings import Settings
from adapters.telegram.shipment import Shipment
from adapters.telegram.transport import Transport
from adapters.telegram.updates import Place
from bot.errors import ConfigError
from bot.reply import PARTS, Contact, Link, Option, Outcome, Reply
from tests.content import LABELS

TOKEN = "700100:AAEtest-token_with-the-real-shape-0123456789"
CAPTIONS = Captions("{value} kopieren", "Speichern", "Weitergeben")
CONTACT = Contact(
    "Amt; für, alles",
    unit="Referat 5",
    street="Straße 1",
    postcode="01099",
    city="Dresden",
    phones=("+49 351 855-0",),
    email="a@b.de",
    links=(Link("Portal", "https://example.org/x"),),
)
PORTAL = Contact("Portalstelle", links=(Link("Portal", "https://example.org/y"),))

REFUSALS = [
    ("sendMessage", 429, "Too Many Requests: retry after 5", Course.WAIT),
    ("sendMessage", 401, "Unauthorized", Course.DOUBT),
    ("sendMessage", 404, "Not Found", Course.DOUBT),
    ("sendMessage", 403, "Forbidden: bot was blocked by the user", Course.GONE),
    ("sendMessage", 500, "Internal Server Error", Course.AGAIN),
    ("sendMessage", 409, "Conflict", Course.AGAIN),
    ("sendMessage", 400, "Bad Request: can't parse entities: Unsupported start tag", Course.PLAIN),
    ("sendMessage", 400, "Bad Request: message thread not found", Course.NO_THREAD),
    ("sendMessage", 400, "Bad Request: TOPIC_CLOSED", Course.NO_THREAD),
    ("sendMessage", 400, "Bad Request: message is too long", Course.SPLIT),
    ("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID", Course.BARE),
    ("sendMessage", 400, "Bad Request: not enough rights to send text messages", Course.GONE),
    ("sendMessage", 400, "Bad Request: chat not found", Course.GONE),
    ("sendMessage", 400, "Bad Request: something new", Course.BARER),
    ("sendMessage", 413, "Request Entity Too Large", Course.BARER),
    ("editMessageText", 400, "Bad Request: message is not modified: specified", Course.DONE),
    ("editMessageText", 400, "Bad Request: message to edit not found", Course.NEW),
    ("editMessageText", 400, "Bad Request: message can't be edited", Course.NEW),
    ("editMessageText", 400, "Bad Request: something new", Course.NEW),
    ("answerCallbackQuery", 400, "Bad Request: query is too old", Course.DONE),
]


@pytest.mark.parametrize(("method", "code", "description", "expected"), REFUSALS)
def test_what_is_done_about_a_refusal(method: str, code: int, description: str, expected: Course) -> None:
    """The table of refusals."""
    assert course(RefusedError(code, description), method) is expected


def test_a_moved_group_is_followed() -> None:
    """The new id wins over everything else in the refusal."""
    refused = RefusedError(400, "Bad Request: group chat was upgraded", moved_to=-2)
    assert course(refused, "sendMessage") is Course.MOVED


def test_what_may_have_happened() -> None:
    """A lost answer leaves open whether the message exists; a refusal does not."""
    assert maybe_done(UnreachableError("x", maybe_done=True))
    assert not maybe_done(UnreachableError("x", maybe_done=False))
    assert maybe_done(RefusedError(502, ""))
    assert not maybe_done(RefusedError(429, ""))


def test_a_token_is_refused_for_good_after_four_refusals_in_a_row() -> None:
    denials = Denials()
    assert not any(denials.note(is_denial=denied) for denied in (True, True, False, True, False))
    assert denials.note(is_denial=True)
    denials.forget()
    assert not denials.note(is_denial=True)


def test_pauses() -> None:
    """Growing, jittered, capped; a 429 is obeyed, but not for ever."""
    backoff = Backoff()
    assert all(0.25 <= backoff.pause(1) <= 0.5 for _ in range(50))
    assert all(15 <= backoff.pause(1000) <= 30 for _ in range(50))
    assert flood_pause(RefusedError(429, "", 3)) == 3.5
    assert flood_pause(RefusedError(429, "", 1e9)) == 60


GROUP = Place(-5, 7, 3, False, True)


def shipment(step: messages.Step) -> Shipment:
    """Return the delivery of one step to a topic of a group."""
    return Shipment(Parcel(1, GROUP, (step,)))


def test_calls_are_mended() -> None:
    """Each course changes exactly what was refused."""
    step = messages.say("<b>a</b> &amp; b", {"inline_keyboard": []})
    sent = shipment(step)
    refused = RefusedError(400, "", moved_to=-9)
    call = sending(step, GROUP, -5, True)
    assert call.values["reply_parameters"]["allow_sending_without_reply"] is True
    assert mend(Course.MOVED, refused, call, sent)
    assert call.values["chat_id"] == -9
    assert mend(Course.NO_THREAD, refused, call, sent)
    assert not mend(Course.NO_THREAD, refused, call, sent), "there is no thread left to leave out"
    assert mend(Course.PLAIN, refused, call, sent)
    assert call.values["text"] == "a & b"
    assert mend(Course.BARE, refused, call, sent)
    assert mend(Course.BARER, refused, call, sent)
    assert set(call.values) == {"chat_id", "text"}
    assert not mend(Course.BARER, refused, call, sent)
    edit = editing(step, -5, 44)
    assert mend(Course.NEW, refused, edit, sent)
    assert (edit.method, edit.is_send, "message_id" in edit.values) == ("sendMessage", True, False)


def test_a_text_that_is_refused_as_too_long_becomes_two() -> None:
    """What is cut off is sent as the next step, with the keyboard."""
    step = messages.say("\n\n".join(["x" * 1000] * 4), {"inline_keyboard": [[]]})
    sent = shipment(step)
    call = sending(step, GROUP, -5, True)
    assert mend(Course.SPLIT, RefusedError(400, ""), call, sent)
    assert "reply_markup" not in call.values
    assert len(sent.steps) == 2
    assert "reply_markup" in sent.steps[-1].values
    assert sent.steps[0] is call.step
    assert call.step.values == {
        key: call.values[key] for key in ("text", "parse_mode", "link_preview_options")
    }
    assert not mend(Course.SPLIT, RefusedError(400, ""), call, sent), "it is short already"


def test_a_plain_text_that_is_cut_stays_plain() -> None:
    """What follows it is formatted text again, so nothing in it may be escaped twice or not at all."""
    paragraph = "a &amp; b " * 150
    step = messages.say("\n\n".join([paragraph.strip()] * 3))
    sent = shipment(step)
    call = sending(step, GROUP, -5, True)
    assert mend(Course.PLAIN, RefusedError(400, ""), call, sent)
    assert mend(Course.SPLIT, RefusedError(400, ""), call, sent)
    assert "&amp;" not in call.values["text"]
    assert all("&amp;" in later.values["text"] for later in sent.steps)


# --- texts -------------------------------------------------------------------


def test_long_texts_are_split_between_paragraphs() -> None:
    """No part is too long, no word is lost, no tag is torn."""
    paragraphs = [f"<b>{n}</b> " + "wört " * 100 for n in range(40)]
    parts = messages.split("\n\n".join(paragraphs))
    assert len(parts) > 1
    assert all(messages.units(part) <= 4096 for part in parts)
    assert "\n\n".join(parts) == "\n\n".join(paragraphs)


@pytest.mark.parametrize("text", ["😀" * 5000, "<i>" + "wort " * 3000 + "</i>", "&amp;" * 3000, "x" * 9000])
def test_a_paragraph_without_end_is_split_too(text: str) -> None:
    """Counted in UTF-16 units and after escaping; every character arrives."""
    parts = messages.split(text)
    assert all(messages.units(part) <= 4096 for part in parts)
    assert re.sub(r"\s", "", "".join(map(messages.bare, parts))) == re.sub(r"\s", "", messages.bare(text))


def test_the_plain_twin_keeps_addresses() -> None:
    """Without markup a link shows where it leads."""
    html = '<b>Amt</b> &lt;1&gt;\n<a href="https://x.de/?a=1&amp;b=2">Portal</a>'
    assert messages.bare(html) == "Amt <1>\nPortal: https://x.de/?a=1&b=2"


# --- buttons -----------------------------------------------------------------


def test_button_data_round_trip_and_limits() -> None:
    """What is written on a button can be read; what does not fit is not written."""
    assert read_data(choice_data("zastex.contact") or "") == Choice("zastex.contact")
    assert read_data(choice_data("zastex.contact", keeps=True) or "") == Choice("zastex.contact", keeps=True)
    data = card_data("zastex", CONTACT)
    assert data is not None
    assert len(data.encode()) <= 64
    assert read_data(data) == Card(("zastex",), fingerprint(CONTACT))
    assert read_data("1+zastex,zmi:0123abcd") == Card(("zastex", "zmi"), "0123abcd"), "of an older button"
    assert choice_data("x" * 63) is None
    assert choice_data("ä") is None
    assert card_data("t" * 51, CONTACT) is None


def test_a_card_is_found_where_a_part_of_it_was_left_out() -> None:
    """Under what is said to "da geht keiner ran" hangs a button for the card, too."""
    whole = replace(CONTACT, fax="+49 351 1")
    shown = [whole, *(whole.without(part) for part in PARTS)]
    assert len({fingerprint(contact) for contact in shown}) == 6
    assert all(is_of(whole, fingerprint(contact)) for contact in shown)
    assert not is_of(whole, fingerprint(replace(whole, organisation="Andere")))


@pytest.mark.parametrize(
    "data", ["", "1:", "1!", "2:zastex", "zastex", "1+zastex", "1+zastex:xyz", "1:ZASTEX", "ä" * 32]
)
def test_data_of_another_version_is_not_guessed(data: str) -> None:
    """Unknown data means nothing, so the core can show what there is."""
    assert read_data(data) is None


def test_keyboards() -> None:
    """Links, a number to copy, the card, passing on; then the options, two short ones in a row."""
    options = (Option("Kurz", "a"), Option("Auch kurz", "b"), Option("Eine recht lange Aufschrift", "c"))
    reply = Reply(Outcome.ANSWER, ("x",), (CONTACT,), options, topics=("zastex",))
    rows = (keyboard(reply, CAPTIONS, inline=True) or {})["inline_keyboard"]
    assert [len(row) for row in rows] == [1, 1, 2, 2, 1]
    assert rows[0][0]["url"] == "https://example.org/x"
    assert rows[1][0]["copy_text"] == {"text": "+49 351 855-0"}
    assert rows[2][1]["switch_inline_query"] == "zastex"
    without = (keyboard(reply, CAPTIONS, inline=False) or {})["inline_keyboard"]
    assert [len(row) for row in without] == [1, 1, 1, 2, 1]


def test_each_of_several_cards_has_a_button_of_its_own_topic() -> None:
    """The last one can be passed on, too; a card whose topic is not known is neither saved nor passed on."""
    reply = Reply(Outcome.ANSWER, ("x",), (PORTAL, CONTACT), topics=("asskomm", "zmi", "zastex"))

    def shown(*owners: str) -> list[str]:
        rows = (keyboard(reply, CAPTIONS, True, owners) or {})["inline_keyboard"]
        backs = ("callback_data", "switch_inline_query")
        return [
            button[back].partition(":")[0]
            for row in rows
            for button in row
            for back in backs
            if back in button
        ]

    assert shown("zmi", "zastex") == ["1+zmi", "1+zastex", "zastex"]
    assert shown("zmi", "") == ["1+zmi"]


def test_an_emergency_has_no_buttons() -> None:
    """There is nothing to press but the phone."""
    reply = Reply(Outcome.EMERGENCY, ("110",), (CONTACT,), topics=("notruf",))
    assert keyboard(reply, CAPTIONS, inline=True) is None


# --- cards -------------------------------------------------------------------


def test_vcard() -> None:
    """Organisation, unit, number, mail, address and page, with the separators escaped."""
    lines = cards.vcard(CONTACT).split("\r\n")
    assert "ORG:Amt\\; für\\, alles;Referat 5" in lines
    assert "N:Amt\\; für\\, alles;;;;" in lines
    named = cards.vcard(CONTACT, "ZASTEX").split("\r\n")
    assert {"N:Amt\\; für\\, alles;ZASTEX;;;", "FN:ZASTEX Amt\\; für\\, alles"} <= set(named)
    assert "TEL;TYPE=WORK,VOICE:+49 351 855-0" in lines
    assert "ADR;TYPE=WORK:;;Straße 1;Dresden;;01099;" in lines
    assert "EMAIL;TYPE=INTERNET:a@b.de" in lines
    assert "URL:https://example.org/x" in lines
    long = Contact("X", links=tuple(Link("", f"https://example.org/{'y' * 100}") for _ in range(50)))
    assert len(cards.vcard(long).encode()) <= 2048
    assert cards.vcard(long).endswith("END:VCARD\r\n")


def test_a_card_without_a_number_is_a_file() -> None:
    """Telegram has no contact without a phone number. Both bear the name of the offer, if it has one."""
    method, values, file = cards.contact_call(CONTACT, "ZASTEX")
    assert (method, values["first_name"], values["last_name"]) == ("sendContact", "ZASTEX", "Amt; für, alles")
    unnamed = cards.contact_call(CONTACT)[1]
    assert unnamed["first_name"] == "Amt; für, alles"
    assert "last_name" not in unnamed
    method, values, file = cards.contact_call(PORTAL, "ZMI")
    assert (method, values["caption"]) == ("sendDocument", "ZMI: Portalstelle")
    assert file is not None
    assert file[0].endswith(".vcf")


def test_inline_results() -> None:
    """A card with a number is a contact, one without an article; ids are unique."""
    replies = [
        Reply(Outcome.ANSWER, ("a",), (CONTACT,), topics=("zastex",)),
        Reply(Outcome.ANSWER, ("b",), (CONTACT,), topics=("asskomm",)),
        Reply(Outcome.ANSWER, ("c",), (PORTAL,), topics=("zmi",)),
        Reply(Outcome.EMERGENCY, ("Rufen Sie 110!",), (PORTAL,), topics=("notruf",)),
    ]
    found = cards.results(replies, LABELS, {"zastex": "ZASTEX", "zmi": "ZMI"})
    assert [result["type"] for result in found] == ["contact", "contact", "article", "article"]
    assert found[0]["first_name"] == "ZASTEX"
    assert len({result["id"] for result in found}) == 4
    texts = [found[number]["input_message_content"]["message_text"] for number in (2, 3)]
    assert texts[0].startswith("ZMI\n\n<b>Portalstelle</b>"), "whoever gets it sees of which offer it is"
    assert texts[1].startswith("Rufen Sie 110!")


# --- looking for lost messages -------------------------------------------------


def test_candidates() -> None:
    """The next numbers in the chat, then the next anywhere; those of other answers are left out."""
    first = list(candidates(10, Trace(0, 10, 50), set(), 0))
    assert first[0] == 11
    assert 51 in first
    assert 50 not in first
    assert 52 not in list(candidates(10, Trace(0, 10, 50), {52}, 0))
    many = list(candidates(10, Trace(0, 10, 50), set(range(51, 90)), 3))
    assert 93 in many, "what was sent at the same time pushes the number up"
    assert 71 in list(candidates(10, Trace(0, 10, 50), set(), 0, 70)), "and so does what was asked meanwhile"
    assert len(list(candidates(1, Trace(0, 1, 1), set(), 10**9))) == 100, "none is made that is not asked for"
    twice = list(candidates(50, Trace(0, 50, 50), set(), 0))
    assert sorted(twice) == [*range(51, 56)], "each once, where the next in the chat are the next anywhere"


# --- the inbox ---------------------------------------------------------------


def test_inbox(tmp_path: Path) -> None:
    """Nothing twice, nothing readable, traces kept, answered rows erased."""
    key = bytes(range(32))

    async def life() -> None:
        inbox = SqliteInbox(tmp_path, key)
        updates = [{"update_id": n, "message": {"text": f"Geheimnis {n}"}} for n in (1, 2, 3)]
        assert inbox.put(updates) == updates
        assert inbox.put(updates) == []
        inbox.mark(2, Trace(1, 5, 6))
        inbox.finish(1, sent=77)
        assert inbox.sent_between(70, 80) == {77}
        assert inbox.put(updates[:1]) == [], "answered before"
        inbox.bury(3, "message")
        inbox.close()
        again = SqliteInbox(tmp_path, key)
        assert again.left_over() == [(updates[1], Trace(1, 5, 6))]
        again.close()
        other = SqliteInbox(tmp_path, bytes(32))
        assert other.left_over() == [], "another token cannot read it, and lets it go"
        assert other.sweep(older_than=-10) > 0
        other.close()
        last = SqliteInbox(tmp_path, key)
        assert last.left_over() == [], "it is gone, not only hidden"
        last.close()

    asyncio.run(life())
    for path in tmp_path.iterdir():
        assert b"Geheimnis" not in path.read_bytes()


def test_two_processes_share_an_inbox(tmp_path: Path) -> None:
    """Each has a number of its own; what a dead one leaves is taken over, what a living one has is not."""

    async def life() -> None:
        first, second = SqliteInbox(tmp_path, bytes(32)), SqliteInbox(tmp_path, bytes(32))
        assert (first.number, second.number) == (0, 1)
        update = {"update_id": 1}
        assert first.put([update]) == [update]
        assert second.put([update]) == [], "delivered to both, answered once"
        assert second.left_over() == []
        first.close()
        assert second.left_over() == [(update, None)]
        second.close()

    asyncio.run(life())


def test_what_is_buried_for_others_does_not_make_the_inbox_look_empty(tmp_path: Path) -> None:
    """What lies in Redis is buried here, too; the marks of what waits here must outlive that."""

    async def life() -> None:
        inbox = SqliteInbox(tmp_path, bytes(32))
        inbox.put([{"update_id": 1}])
        inbox.mark(1, Trace(1, 5, 6))
        for foreign in range(100, 105):
            inbox.bury(foreign, "message")
        for part in range(40_000):  # more than a tidy file of marks holds
            inbox.mark(1, Trace(part, 5, 6))
        inbox.close()
        again = SqliteInbox(tmp_path, bytes(32))
        assert again.left_over() == [({"update_id": 1}, Trace(39_999, 5, 6))]
        again.close()

    asyncio.run(life())


def test_a_folder_of_too_many_processes_is_named(tmp_path: Path) -> None:
    held = [_lock(tmp_path, number) for number in range(64)]
    try:
        with pytest.raises(ConfigError, match="64 processes"):
            SqliteInbox(tmp_path, bytes(32))
    finally:
        for descriptor in held:
            assert descriptor is not None
            os.close(descriptor)


# --- secrets -----------------------------------------------------------------


def test_the_token_is_in_no_repr() -> None:
    """Neither settings nor transport show it, and a bad one is not quoted."""
    settings = Settings(TOKEN, Path())
    transport = Transport(TOKEN, "https://api.telegram.org")
    secret = TOKEN.split(":")[1]
    assert secret not in repr(settings) + repr(transport)
    with pytest.raises(ConfigError) as caught:
        Settings("no token: " + secret, Path())
    assert secret not in str(caught.value)


def test_settings_are_checked() -> None:
    """What cannot work is refused with the variable to mend; the secret comes from the token."""
    with pytest.raises(ConfigError, match="WEBHOOK_LISTEN"):
        Settings(TOKEN, Path(), webhook_url="https://x.de/h")
    with pytest.raises(ConfigError, match="WEBHOOK_SECRET"):
        Settings(TOKEN, Path(), webhook_secret="ä")
    derived = Settings(TOKEN, Path()).secret
    assert re.fullmatch(r"[0-9a-f]{64}", derived)
    assert derived == Settings(TOKEN, Path()).secret
    assert Settings(TOKEN, Path(), webhook_secret="abc").secret == "abc"
