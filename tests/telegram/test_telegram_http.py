"""Reading answers over HTTP: whole however they arrive, and nothing but an error for what is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telegram.http import LONGEST_BODY, LONGEST_HEAD, Answer, BrokenError, Reading

OK = b"HTTP/1.1 200 OK\r\n"
WHOLE: list[tuple[bytes, Answer, bool]] = [
    (OK + b"Content-Length: 5\r\n\r\nhallo", Answer(200, b"hallo"), True),
    (OK + b"content-length:5\r\nConnection: close\r\n\r\nhallo", Answer(200, b"hallo"), False),
    (OK + b"Content-Length: 0\r\n\r\n", Answer(200, b""), True),
    (b"HTTP/1.0 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno", Answer(502, b"no"), False),
    (b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204, b""), True),
    (b"HTTP/1.1 404\r\nContent-Length: 2\r\n\r\nno", Answer(404, b"no"), True),
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok", Answer(200, b"ok"), True),
    (
        OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhal\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
        Answer(200, b"hallo"),
        True,
    ),
    (
        OK + b"Transfer-Encoding: Chunked\r\n\r\nA\r\n\r\n34567\r\n0\r\n0\r\nX: y\r\n\r\n",
        Answer(200, b"\r\n34567\r\n0"),
        True,
    ),
    (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", Answer(200, b""), True),
]
BROKEN = {
    "another protocol": b"SSH-2.0-OpenSSH\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\n\r\n",
    "another protocol from here on": b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    "a field without a name": OK + b"hallo\r\n\r\n",
    "a negative length": OK + b"Content-Length: -5\r\n\r\n",
    "two lengths": OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "an endless length": OK + b"Content-Length: %d\r\n\r\n" % 10**20,
    "a length beside pieces": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
    "a piece without a size": OK + b"Transfer-Encoding: chunked\r\n\r\nx\r\n",
    "a negative piece": OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
    "a piece longer than it says": OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    "an endless piece": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 17 + b"\r\n",
    "a head without end": OK + b"X: y" * LONGEST_HEAD,
    "announcements without end": b"HTTP/1.1 100 Continue\r\n\r\n" * (LONGEST_HEAD // 20),
    "a size without end": OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * (LONGEST_HEAD + 1),
    "a tail without end": OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * LONGEST_HEAD,
}


@pytest.mark.parametrize(("raw", "expected", "reusable"), WHOLE)
@settings(max_examples=30)
@given(data=st.data())
def test_an_answer_is_read_however_it_is_cut(
    raw: bytes, expected: Answer, reusable: bool, data: st.DataObject
) -> None:
    """It is whole at its last byte and not before."""
    cuts = sorted(data.draw(st.sets(st.integers(1, len(raw) - 1), max_size=8)))
    reading = Reading()
    for begin, end in zip([0, *cuts], cuts, strict=False):
        assert reading.feed(raw[begin:end]) is None
    assert reading.feed(raw[cuts[-1] if cuts else 0 :]) == expected
    assert reading.reusable is reusable


@pytest.mark.parametrize(("raw", "expected", "reusable"), WHOLE)
def test_half_an_answer_is_none(raw: bytes, expected: Answer, reusable: bool) -> None:
    """A connection that ends before the last byte has broken."""
    for length in range(len(raw)):
        reading = Reading()
        assert reading.feed(raw[:length]) is None
        with pytest.raises(BrokenError):
            reading.end()


def test_many_answers_over_one_connection_add_up_to_nothing() -> None:
    """Neither to a head without end nor to a length of the last one."""
    reading = Reading()
    for _ in range(LONGEST_HEAD // 20):
        assert reading.feed(OK + b"Content-Length: 0\r\n\r\n") == Answer(200, b"")
    assert reading.feed(OK + b"\r\n") is None
    assert reading.feed(b"hallo") is None
    assert reading.end() == Answer(200, b"hallo")


def test_without_a_length_the_end_of_the_connection_is_the_end() -> None:
    """So says RFC 9112, 6.3; the connection is used up."""
    reading = Reading()
    assert reading.feed(OK + b"\r\nhal") is None
    assert reading.feed(b"lo") is None
    assert reading.end() == Answer(200, b"hallo")
    assert not reading.reusable


@pytest.mark.parametrize("more", [b"H", OK + b"Content-Length: 3\r\n\r\nbad", b"bad"])
def test_what_nobody_asked_for_uses_the_connection_up(more: bytes) -> None:
    """Bytes after an answer cannot be the answer to the next question."""
    reading = Reading()
    assert reading.feed(OK + b"Content-Length: 2\r\n\r\nok" + more) == Answer(200, b"ok")
    assert not reading.reusable


@given(st.lists(st.sampled_from([one for one in WHOLE if one[2]]), min_size=2, max_size=5))
def test_answers_follow_each_other_over_one_connection(exchanges: list[tuple[bytes, Answer, bool]]) -> None:
    """None keeps anything of the one before, and a connection that ends between two completes none."""
    reading = Reading()
    for raw, expected, _ in exchanges:
        assert reading.feed(raw) == expected
        assert reading.reusable
    with pytest.raises(BrokenError):
        reading.end()


@pytest.mark.parametrize(
    "piece", [b"x" * 2**20, b"%x\r\n%b\r\n" % (2**20, b"x" * 2**20)], ids=["bare", "pieces"]
)
def test_a_body_without_end_is_refused(piece: bytes) -> None:
    """It is not kept beyond the limit."""
    reading = Reading()
    reading.feed(OK + (b"Transfer-Encoding: chunked\r\n\r\n" if b"\n" in piece else b"\r\n"))
    for _ in range(LONGEST_BODY // 2**20):
        assert reading.feed(piece) is None
    with pytest.raises(BrokenError):
        reading.feed(piece)


def test_an_unknown_status_is_an_answer() -> None:
    """It is taken for an error of the server (RFC 9110, 15), by whoever asked."""
    assert Reading().feed(b"HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n") == Answer(999, b"")


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_what_is_no_answer_is_refused(raw: bytes) -> None:
    with pytest.raises(BrokenError):
        Reading().feed(raw)


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_break_anything_else(garbage: bytes, is_body: bool) -> None:
    """Whatever a server sends, the error is ours."""
    reading = Reading()
    with suppress(BrokenError):
        reading.feed(OK + b"Transfer-Encoding: chunked\r\n\r\n" + garbage if is_body else garbage)
        reading.end()
