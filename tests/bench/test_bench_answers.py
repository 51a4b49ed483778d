"""Reading answers: heads, chunked bodies, and what must be refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.answers import AnswerError, Head, decode_chunked, parse_head


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 42", Head(200, 42, False)),
        (b"HTTP/1.1 404 Not Found\r\nCONTENT-LENGTH:7\r\nConnection: Close", Head(404, 7, True)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", Head(200, None, False)),
        (b"HTTP/1.1 204 No Content\r\nServer: x", Head(204, 0, False)),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0", Head(200, 0, True)),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive", Head(200, 0, False)),
    ],
)
def test_a_head_says_status_length_and_whether_the_connection_goes_on(head, expected):
    assert parse_head(head) == expected


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/2 200\r\nContent-Length: 1",
        b"HTTP/1.1 2x0 OK\r\nContent-Length: 1",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1",
        b"HTTP/1.1 200 OK\r\nContent-Length: ",
        b"HTTP/1.1 200 OK\r\nServer: ends with the connection",
    ],
)
def test_a_head_that_leaves_the_end_of_the_body_open_is_refused(head):
    with pytest.raises(AnswerError):
        parse_head(head)


def chunked(parts):
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n"


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=8), st.sampled_from([b"", b"X-Sum: 1\r\n"]))
def test_a_chunked_body_comes_back_whole_and_never_early(parts, trailer):
    message = chunked(parts) + trailer + b"\r\n"
    assert decode_chunked(message, 0) == b"".join(parts)
    for cut in range(len(message)):
        assert decode_chunked(message[:cut], 0) is None


@pytest.mark.parametrize("message", [b"zz\r\n", b"2\r\nabc\r\n", b"0\r\n\r\nHTTP/1.1 200 OK"])
def test_a_broken_chunked_body_is_refused(message):
    with pytest.raises(AnswerError):
        decode_chunked(message, 0)
