"""What is kept, counted and sent: store, progress, unreadable messages, transaction ids, contents."""

from __future__ import annotations

import asyncio
import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest
import vodozemac

from adapters.matrix import bounds, crypto, outgoing
from adapters.matrix.crypto import Machine
from adapters.matrix.decryption import BadMessageError, MissingKeyError
from adapters.matrix.heard import Heard
from adapters.matrix.membership import inviter, is_space
from adapters.matrix.outgoing import Place, transaction
from adapters.matrix.queues import Progress, RoomQueues
from adapters.matrix.rooms import Room
from adapters.matrix.secret_storage import decode_recovery_key, encode_recovery_key, seal, unseal
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Login, Store
from adapters.matrix.sync import read
from adapters.matrix.undecrypted import Undecrypted
from bot.errors import ConfigError
from bot.reply import Option, Outcome, Reply
from tests.content import LABELS

REPLY = Reply(Outcome.ANSWER, ("Ja & nein.",), options=(Option("Kontakt", "zastex.contact"),))


# --- settings ------------------------------------------------------------------------


def test_invitations_of_the_own_server_are_accepted() -> None:
    settings = MatrixSettings("https://example.org", "@lotse:example.org", Path("x"))
    chosen = MatrixSettings(
        "https://example.org", "@lotse:example.org", Path("x"), invites=("@anna:*", "@*:partner.de")
    )

    users = ("@anna:example.org", "@bob:evil.org", "@bob:example.org.evil.org", "@x:partner.de")
    assert [settings.may_invite(user) for user in users] == [True, False, False, False]
    assert [chosen.may_invite(user) for user in users] == [True, False, False, True]


@pytest.mark.parametrize(
    ("homeserver", "user"),
    [("example.org", "@lotse:example.org"), ("https://example.org", "lotse"), ("https://example.org", "@x")],
)
def test_mistaken_settings_are_named(homeserver: str, user: str) -> None:
    with pytest.raises(ConfigError, match="LOTSE_MATRIX_"):
        MatrixSettings(homeserver, user, Path("x"))


def test_secrets_are_not_shown() -> None:
    settings = MatrixSettings(
        "https://e.org", "@l:e.org", Path("x"), "pw-secret", "token-secret", "key-secret"
    )

    assert "secret" not in repr(settings)
    assert "secret" not in repr(Login("@l:e.org", "DEVICE", "token-secret", "key-secret"))


# --- store ---------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = Store(tmp_path / "matrix")
    yield opened
    opened.close()


def test_ledger_remembers_answers_across_restarts(tmp_path: Path) -> None:
    now = 1000.0
    first = Store(tmp_path, lambda: now)
    first.add("$q", "$a")
    first.add("$dropped")
    first.close()
    now = 2000.0
    again = Store(tmp_path, lambda: now)
    again.add("$new", "$b")

    assert again.seen("$q")
    assert again.seen("$dropped")
    assert not again.seen("$other")
    assert again.reply_to("$q") == "$a"
    assert again.is_reply("$a")
    assert not again.is_reply("")
    assert again.sweep(500.0) == 2
    assert not again.seen("$q")
    assert again.seen("$new")
    again.close()


def test_ledger_knows_what_was_told_and_not_answered(store: Store) -> None:
    for key in ("unreadable $a", "unreadable $b", "$b", "$c", "unreadably"):
        store.add(key)

    assert store.unanswered("unreadable ", 0.0) == {"$a"}
    assert store.unanswered("unreadable ", float("inf")) == frozenset()


def test_folder_is_locked_and_private(tmp_path: Path) -> None:
    first = Store(tmp_path)
    with pytest.raises(ConfigError, match="another process"):
        Store(tmp_path)
    first.keep_login(Login("@l:e.org", "D", "t", "k"))
    first.keep_secrets({"master": "s"})
    first.close()

    second = Store(tmp_path)
    assert second.login() == Login("@l:e.org", "D", "t", "k")
    assert second.secrets() == {"master": "s"}
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    second.close()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"user": 5}', b'{"user": "x"}'])
def test_damaged_login_is_named(store: Store, damage: bytes) -> None:
    (store.folder / "session.json").write_bytes(damage)

    with pytest.raises(ConfigError, match=r"session\.json: damaged"):
        store.login()


# --- progress and queues ----------------------------------------------------------------


def test_token_is_stored_when_all_before_it_is_settled() -> None:
    progress = Progress()
    first = progress.open("t1")
    progress.hold(first)
    assert progress.release(first) == ""
    second = progress.open("t2")
    assert progress.release(second) == ""
    third = progress.open("t3")
    progress.hold(third)
    assert progress.release(third) == ""
    assert progress.release(first) == "t2"
    assert progress.release(third) == "t3"


def test_rooms_work_in_order_and_side_by_side() -> None:
    """A slow or broken room does not hold the others; a dropped one releases what it held."""
    done: list[str] = []
    released: list[int] = []

    async def run() -> None:
        queues = RoomQueues(released.append)
        slow, started = asyncio.Event(), asyncio.Event()

        async def wait() -> None:
            started.set()
            await slow.wait()

        async def note(what: str) -> None:
            done.append(what)

        async def fail() -> None:
            raise ValueError

        queues.put("a", wait, 1)
        queues.put("a", lambda: note("a2"), 2)
        queues.put("b", fail, 3)
        queues.put("b", lambda: note("b2"), 4)
        queues.put("c", wait, 5)
        queues.put("c", lambda: note("c2"), 6)
        await started.wait()
        while len(released) < 2:
            await asyncio.sleep(0)
        assert (done, released) == (["b2"], [3, 4])
        queues.drop("c")
        queues.put("c", lambda: note("c3"), 7)
        slow.set()
        await queues.drain(5)

    asyncio.run(run())

    assert sorted(done) == ["a2", "b2", "c3"]
    assert sorted(released) == [1, 2, 3, 4, 5, 6, 7]


def test_the_server_is_asked_again_when_answers_are_out_or_stuck() -> None:
    """As long as answers get done they come first; one that hangs does not keep the bot from hearing more."""
    done: list[int] = []

    async def run() -> None:
        queues, hang = RoomQueues(lambda _: None), asyncio.Event()

        async def answer() -> None:
            await asyncio.sleep(0.01)
            done.append(1)

        for ticket in range(50):
            queues.put("a", answer, ticket)
        await queues.calm(0.3, 30.0)
        assert len(done) == 50
        for room in ("b", "c"):
            queues.put(room, answer if room == "b" else lambda: wait(hang), 50)
        await asyncio.wait_for(queues.calm(0.3, 30.0), 15)
        assert len(done) == 51
        hang.set()
        await queues.drain(5)

    async def wait(event: asyncio.Event) -> None:
        await event.wait()

    asyncio.run(run())


def test_a_flood_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The first is told at once, what follows within a minute is counted."""
    now = 0.0
    burst = bounds.Burst("dropped", clock=lambda: now)
    burst.note("ValueError", 3)
    burst.note("", 0)
    for _ in range(1000):
        burst.note("ValueError")
    now = 60.0
    burst.note("", 0)
    burst.note("KeyError")

    told = [
        (record.getMessage(), record.__dict__["error"], record.__dict__["count"]) for record in caplog.records
    ]
    assert told == [("dropped", "ValueError", 3), ("dropped", "KeyError", 1001)]


def test_unreadable_messages_wait_for_their_key() -> None:
    now = 0.0
    kept = Undecrypted(30.0, lambda: now)
    kept.keep("!r", "s", {"n": 1}, 1)
    kept.keep("!r", "s", {"n": 2}, 2)
    kept.keep("!r", "other", {"n": 3, "sender": "@a:b"}, 3)
    kept.withheld("!r", "other", "@mallory:b", "m.unverified")
    assert kept.overdue() == []
    kept.withheld("!r", "other", "@a:b", "m.unverified")
    assert [one.event["n"] for one in kept.overdue()] == [3]
    now = 31.0
    assert [one.event["n"] for one in kept.overdue()] == [1, 2]
    assert kept.overdue() == []
    assert [one.event["n"] for one in kept.arrived("!r", "s")] == [1, 2]
    assert kept.arrived("!r", "s") == []
    assert [one.event["n"] for one in kept.forget("!r")] == [3]


def test_unreadable_messages_make_way_for_newer_ones() -> None:
    """They may be large, and as many as somebody likes to send."""
    kept = Undecrypted()
    evicted = [kept.keep("!r", f"s{number}", {"x": "x" * 60_000}, number) for number in range(300)]

    assert evicted[0] == []
    assert [one.ticket for one in evicted[-1]] == [299 - sum(not one for one in evicted)]
    assert len(kept.forget("!r")) < 150
    assert kept.keep("!r", "s", {}, 300) == []


def test_a_room_is_entered_once() -> None:
    """After an absence servers may show the own membership again: nothing new, and no reason to skip questions."""
    user, create = "@lotse:e.org", {"type": "m.room.create", "state_key": "", "content": {}}
    join = {
        "type": "m.room.member",
        "state_key": user,
        "event_id": "$join",
        "content": {"membership": "join"},
        "unsigned": {"prev_content": {"membership": "invite"}},
    }
    renamed = {**join, "event_id": "$name", "unsigned": {"prev_content": {"membership": "join"}}}

    def entered(state: list[Any], timeline: list[Any]) -> str:
        room = {"state": {"events": state}, "timeline": {"events": timeline, "limited": True}}
        return read({"next_batch": "t", "rooms": {"join": {"!r": room}}}).joined[0].own_join(user)

    assert entered([], [create, join]) == "$join"
    assert entered([create, join], []) == "$join"
    assert entered([join], []) == ""
    assert entered([create], [renamed]) == ""


# --- what is sent ------------------------------------------------------------------------


def test_transaction_ids_are_made_of_the_event() -> None:
    """The same for the same event and purpose, fit for a URL, different otherwise."""
    ids = {transaction(event, purpose) for event in ("$a", "$b:e.org/ä") for purpose in ("answer", "edit")}

    assert transaction("$a", "answer") == transaction("$a", "answer")
    assert len(ids) == 4
    assert all(one.isascii() and one.replace("-", "").isalnum() and len(one) < 64 for one in ids)


def test_commands_are_written_as_clients_let_them_through() -> None:
    """Matrix clients take what begins with a slash for a command of their own; addresses stay as they are."""
    said = "Mit /hilfe (oder »/kontakt zastex«), nie https://e.org/hilfe oder /hilfetext."
    content = outgoing.answer(Reply(Outcome.ANSWER, (said,)), Place("$q"), LABELS)

    expected = "Mit !hilfe (oder »!kontakt zastex«), nie https://e.org/hilfe oder /hilfetext."
    assert (content["body"], content["formatted_body"]) == (expected, expected)
    assert outgoing.line(said)["body"] == expected


def test_an_emergency_begins_with_its_numbers_also_when_it_comes_late() -> None:
    content = outgoing.answer(Reply(Outcome.EMERGENCY, ("110!",)), Place("$q"), LABELS, before="Spät.")
    assert content["body"] == "110!\n\nSpät."


def test_answers() -> None:
    content = outgoing.answer(REPLY, Place("$q", asker="@a:b"), LABELS, before="Spät.")

    assert content == {
        "msgtype": "m.notice",
        "body": "Spät.\n\nJa & nein.\n\n1. Kontakt",
        "format": "org.matrix.custom.html",
        "formatted_body": "Spät.<br><br>Ja &amp; nein.<br><br>1. Kontakt",
        "m.mentions": {"user_ids": ["@a:b"]},
        "m.relates_to": {"m.in_reply_to": {"event_id": "$q"}},
    }


def test_answers_between_two_need_neither_quote_nor_mention() -> None:
    """Checking a mention of nobody takes Synapse two milliseconds."""
    content = outgoing.answer(REPLY, Place("$q", quote=False), LABELS)

    assert content.keys() == {"msgtype", "body", "format", "formatted_body"}


def test_what_is_said_to_a_whole_room_mentions_nobody() -> None:
    """Whoever is named in it is not called (Matrix specification, "User and room mentions")."""
    assert outgoing.line("Guten Tag")["m.mentions"] == {}


def test_edits_of_answers() -> None:
    content = outgoing.edit(outgoing.answer(REPLY, Place("$q", "$root"), LABELS), "$a")

    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$a"}
    assert content["body"] == "* Ja & nein.\n\n1. Kontakt"
    assert content["m.new_content"]["body"] == "Ja & nein.\n\n1. Kontakt"
    assert "m.relates_to" not in content["m.new_content"]


def test_answers_fit_into_an_event() -> None:
    """65,536 bytes, encrypted a third less."""
    content = outgoing.answer(Reply(Outcome.ANSWER, ("ü" * 100_000,)), Place("$q"), LABELS)

    assert len(str(content).encode()) < 40_000


# --- secrets and keys -----------------------------------------------------------------


def test_recovery_keys() -> None:
    """Base 58 with prefix and parity; a mistyped one is noticed."""
    key = bytes(range(32))
    text = encode_recovery_key(key)

    assert decode_recovery_key(text) == decode_recovery_key(text.replace(" ", "")) == key
    assert text.startswith("Es")
    for mistyped in (text[:-1] + ("1" if text[-1] != "1" else "2"), "", "x", "0OIl", text + "1"):
        with pytest.raises(ValueError, match=r"."):
            decode_recovery_key(mistyped)


def test_sealed_secrets() -> None:
    """Only the right key and name open them."""
    sealed = seal(b"k" * 32, "m.cross_signing.master", b"seed")

    assert unseal(b"k" * 32, "m.cross_signing.master", sealed) == b"seed"
    for key, name, what in (
        (b"x" * 32, "m.cross_signing.master", sealed),
        (b"k" * 32, "m.cross_signing.other", sealed),
        (b"k" * 32, "m.cross_signing.master", {**sealed, "mac": ""}),
        (b"k" * 32, "m.cross_signing.master", {}),
    ):
        with pytest.raises(ValueError, match=r"."):
            unseal(key, name, what)


def test_one_time_keys_survive_a_crash(tmp_path: Path) -> None:
    """Keys that may have reached the server are the same after a restart."""
    login = Login("@l:e.org", "DEVICE", "t", "k")
    machine = Machine(login, tmp_path)
    keys, fallback = machine.one_time_keys(50), machine.fallback_keys()
    identity = machine.identity
    machine.close()
    again = Machine(login, tmp_path)

    assert len(keys) == 50
    assert again.identity == identity
    assert again.one_time_keys(50) == keys
    assert again.fallback_keys() == fallback
    again.published()
    assert set(again.one_time_keys(10)) & set(keys) == set()
    assert stat.S_IMODE(next(tmp_path.glob("*.db")).stat().st_mode) == 0o600
    again.close()


def test_odd_messages_are_bad_or_lack_a_key(tmp_path: Path) -> None:
    machine = Machine(Login("@l:e.org", "DEVICE", "t", "k"), tmp_path)
    megolm = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "x", "session_id": "s"}

    with pytest.raises(MissingKeyError):
        machine.decryption.decrypt("!r", {"content": megolm, "sender": "@a:b", "event_id": "$e"})
    for content in (None, [], {}, {**megolm, "algorithm": "m.olm"}, {**megolm, "session_id": 5}):
        with pytest.raises(BadMessageError):
            machine.decryption.decrypt("!r", {"content": content})
    assert machine.decryption.receive([None, 5, {}, {"type": "m.room.encrypted", "content": {}}]) == []
    machine.close()


def test_the_better_of_two_keys_is_kept(tmp_path: Path) -> None:
    """A client that sends a session again does so from its current index on: what came before stays readable.

    Somebody else who has the session cannot spoil the stored one either. All of it across a restart.
    """
    login = Login("@l:e.org", "DEVICE", "t", "k")
    machine = Machine(login, tmp_path)
    session = vodozemac.GroupSession()
    name = session.session_id

    def give(sender: str, room: str, key: str) -> None:
        machine.olm.create_group_session(sender, "ed25519", room, name, key)

    def say(number: int) -> dict[str, Any]:
        plain = json.dumps({"type": "m.room.message", "content": {"n": number}, "room_id": "!r"})
        sealed = session.encrypt(plain.encode()).to_base64()
        content = {"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": sealed, "session_id": name}
        return {"content": content, "sender": "@a:b", "event_id": f"${number}"}

    first_key = session.session_key.to_base64()
    first = say(0)
    second_key = session.session_key.to_base64()
    second = say(1)
    give("anna", "!r", second_key)
    assert machine.decryption.decrypt("!r", second)["content"] == {"n": 1}
    with pytest.raises(MissingKeyError):
        machine.decryption.decrypt("!r", first)
    give("anna", "!r", first_key)
    give("anna", "!r", second_key)
    give("mallory", "!elsewhere", session.session_key.to_base64())
    assert machine.decryption.decrypt("!r", first)["content"] == {"n": 0}
    machine.close()

    machine = Machine(login, tmp_path)
    assert machine.decryption.decrypt("!r", first)["content"] == {"n": 0}
    machine.close()


def test_strangers_cannot_fill_the_key_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Room keys for rooms the bot is not in, and old ones, are dropped, in memory and on disk."""
    monkeypatch.setattr(crypto, "_MOST_TAKEN", 30)
    monkeypatch.setattr(crypto, "_STRANGERS", 5)
    monkeypatch.setattr(bounds, "_KEYS_PER_ROOM", 10)
    machine = Machine(Login("@l:e.org", "DEVICE", "t", "k"), tmp_path)
    machine.mark_encrypted("!home")
    sessions = [vodozemac.GroupSession() for _ in range(40)]
    for number, session in enumerate(sessions):
        room = "!home" if number % 2 else f"!foreign{number}"
        key = session.session_key.to_base64()
        machine.olm.create_group_session("sender", "fp", room, session.session_id, key)
        machine.olm.create_group_session("sender", "fp", "!" + "x" * 60_000, session.session_id, key)

    machine.tidy()
    kept = {one.id for one in machine.olm.inbound_group_store}
    home = [session.session_id for session in sessions[1::2]]
    foreign = [session.session_id for session in sessions[0::2]]
    assert kept == {*home[-10:], *foreign[-5:]}
    machine.prune(["!home"])
    assert {one.id for one in machine.olm.inbound_group_store} == set(home[-10:])
    machine.close()
    machine = Machine(Login("@l:e.org", "DEVICE", "t", "k"), tmp_path)
    assert {one.id for one in machine.olm.inbound_group_store} == set(home[-10:])
    machine.close()


def test_strangers_cannot_fill_the_session_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device keeps its newest sessions; of too many strange devices the older half is forgotten."""
    monkeypatch.setattr(bounds, "_SESSIONS_PER_DEVICE", 3)
    monkeypatch.setattr(bounds, "_MOST_DEVICES", 6)
    machine = Machine(Login("@l:e.org", "DEVICE", "t", "k"), tmp_path)
    machine.fallback_keys()
    own = machine.identity["curve25519"]
    fallback = next(iter(machine.olm.account._account.fallback_key.values()))

    def begin(account: vodozemac.Account) -> None:
        session = account.create_outbound_session(vodozemac.Curve25519PublicKey.from_base64(own), fallback)
        kind, body = session.encrypt(b"{}").to_parts()
        sealed = {own: {"type": kind, "body": base64.b64encode(body).decode()}}
        content = {
            "algorithm": "m.olm.v1.curve25519-aes-sha2",
            "sender_key": account.curve25519_key.to_base64(),
            "ciphertext": sealed,
        }
        event = {"type": "m.room.encrypted", "sender": "@m:e.org", "content": content}
        assert machine.decryption.receive([event]) == []

    greedy = vodozemac.Account()
    for _ in range(8):
        begin(greedy)
    store = machine.olm.session_store._entries
    assert len(store[greedy.curve25519_key.to_base64()]) == 3
    for _ in range(6):
        begin(vodozemac.Account())
    assert len(store) <= 6
    rows = machine._store.database.execute_sql("SELECT count(*) FROM olmsessions").fetchone()
    assert rows[0] == sum(map(len, store.values()))
    machine.close()


# --- what arrives ------------------------------------------------------------------------

ODD: tuple[Any, ...] = (
    None,
    10**400,
    -(10**400),
    float("nan"),
    float("inf"),
    0,
    True,
    "",
    "x",
    [],
    [None],
    {},
    {"a": None},
    {"events": 5},
    {"events": [5]},
)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_reads_any_sync(odd: Any) -> None:
    """No answer of a server makes it fail."""
    for answer in (
        {"rooms": odd, "to_device": odd, "device_lists": odd, "next_batch": odd},
        {"rooms": {"join": odd, "invite": odd, "leave": odd}},
        {"rooms": {"join": {"!r": odd}, "invite": {"!r": odd}, "leave": {"!r": odd}}},
        {"rooms": {"join": {"!r": {"timeline": odd, "state": odd, "summary": odd}}}},
        {"rooms": {"invite": {"!r": {"invite_state": odd}}}},
    ):
        news = read(answer)
        for joined in news.joined:
            joined.own_join("@l:e.org")
            joined.since_invitation("@l:e.org")
        for state in news.invited.values():
            assert inviter(state, "@l:e.org") == ""
            assert not is_space(state)
    for key in ("type", "content", "state_key"):
        room = Room("!r", "@l:e.org")
        room.apply(
            {"type": "m.room.member", "content": {"membership": "join"}, "state_key": "@a:b", key: odd}
        )
        room.apply({"type": "m.room.encryption", "content": {"rotation_period_msgs": odd}, "state_key": ""})
        room.apply({"type": "m.room.encryption", "content": {"rotation_period_ms": odd}, "state_key": ""})
    event = {"event_id": "$e", "sender": "@a:b", "type": "m.room.message", "content": {}}
    assert Heard.of("!r", {**event, "origin_server_ts": odd}) is None or odd in (0, True)


def test_of_a_room_no_name_is_kept_but_that_of_the_bot() -> None:
    room = Room("!r", "@l:e.org")
    for user, name in (("@a:b", "Kanarienvogel"), ("@l:e.org", "Lotse"), ("@c:d", "x")):
        joined = {"membership": "join", "displayname": name}
        room.apply({"type": "m.room.member", "content": joined, "state_key": user})
    room.apply({"type": "m.room.member", "content": {"membership": "leave"}, "state_key": "@c:d"})
    assert (room.members, room.own_name) == ({"@a:b", "@l:e.org"}, "Lotse")
    assert "Kanarienvogel" not in repr(room)
    assert room.private


def test_encryption_is_for_good() -> None:
    """No state event makes an encrypted room plain again."""
    room = Room("!r", "@l:e.org")
    room.apply({"type": "m.room.encryption", "state_key": "", "content": {"rotation_period_msgs": 7}})
    room.apply({"type": "m.room.encryption", "state_key": "", "content": {}})

    assert room.encrypted
