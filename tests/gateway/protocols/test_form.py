"""multipart/form-data, in any pieces, and what is no form at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.errors import CloudError
from yunbox.gateway.protocols.form import MAX_FIELD_BYTES, FilePart, FormReader, boundary_of

BOUNDARY = b"9431149156168"


async def pieces(data: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def read(data: bytes, size: int = 1 << 20) -> tuple[list[tuple[str, str]], FilePart, bytes]:
    async def all_of_it() -> tuple[list[tuple[str, str]], FilePart, bytes]:
        form = FormReader(pieces(data, size), BOUNDARY)
        fields, file = await form.read_fields()
        return fields, file, b"".join([piece async for piece in form.file()])

    return asyncio.run(all_of_it())


def part(name: str, value: bytes, more: str = "") -> bytes:
    return b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % (
        BOUNDARY,
        name.encode(),
        more.encode(),
        value,
    )


END = b"--" + BOUNDARY + b"--\r\n"
NAMES = st.text(
    st.characters(exclude_characters='"\\%\r\n', exclude_categories=["Cs"]), min_size=1, max_size=20
)


@given(
    st.lists(st.tuples(NAMES.filter(lambda n: n.lower() != "file"), st.text(max_size=200).map(str.encode))),
    st.binary(max_size=3000),
    st.integers(1, 400),
)
def test_any_form_in_any_pieces(fields, content, size):
    if any(b"--" + BOUNDARY in value for _, value in fields) or b"--" + BOUNDARY in content:
        return
    data = b"".join(part(name, value) for name, value in fields)
    data += part("file", content, '; filename="a.txt"\r\nContent-Type: text/plain')
    found, file, got = read(data + END, size)
    assert found == [(name, value.decode()) for name, value in fields]
    assert (file, got) == (FilePart("a.txt", "text/plain"), content)


@pytest.mark.parametrize(
    "content", [b"", b"\r\n", b"\r\n--", b"\r\n--943114915616", b"-" * 100, b"\r\n\r\n--x"]
)
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_what_looks_like_a_boundary(content, size):
    assert read(part("file", content) + END, size)[2] == content


@given(st.binary(max_size=600), st.integers(1, 50))
def test_no_bytes_do_more_than_be_refused(data, size):
    for prefix in (b"", b"--" + BOUNDARY + b"\r\n", part("key", b"a")):
        try:
            read(prefix + data, size)
        except CloudError as error:
            assert error.status == 400


@given(st.integers(0, 10_000))
def test_every_cut_is_noticed(cut):
    whole = part("key", b"a") + part("file", b"content") + b"--" + BOUNDARY + b"--"
    with pytest.raises(CloudError):
        read(whole[: cut % len(whole)])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "MalformedPOSTRequest"),
        (b"x" * 100_000, "MalformedPOSTRequest"),
        (part("key", b"a") + END, "IncorrectNumberOfFilesInPOSTRequest"),
        (part("key", b"a" * (MAX_FIELD_BYTES + 1)) + part("file", b"") + END, "FieldItemTooLong"),
        (b"".join(part(f"k{n}", b"a" * 60_000) for n in range(20)) + END, "FieldItemTooLong"),
        (b"".join(part(f"k{n}", b"") for n in range(101)) + part("file", b"") + END, "MalformedPOSTRequest"),
        (part("key", b"\xff") + part("file", b"") + END, "MalformedPOSTRequest"),
        (b"--" + BOUNDARY + b"\r\n\r\nvalue\r\n" + END, "MalformedPOSTRequest"),
        (b"--" + BOUNDARY + b"\r\nX: " + b"y" * 9000 + b"\r\n\r\n", "MalformedPOSTRequest"),
        (part("file", b"x") + b"--" + BOUNDARY + b"other text\r\n", "MalformedPOSTRequest"),
    ],
)
def test_what_is_no_form_is_refused(data, code):
    with pytest.raises(CloudError) as caught:
        read(data, 4096)
    assert caught.value.code == code


def test_what_follows_the_file_has_no_meaning():
    fields, _, content = read(part("key", b"a") + part("file", b"x") + part("submit", b"Upload") + END)
    assert (fields, content) == ([("key", "a")], b"x")


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("a.txt", "a.txt"),
        ("C:\\docs\\a.txt", "a.txt"),
        ("/etc/passwd", "passwd"),
        ("a%22b", 'a"b'),
        ("图.jpg", "图.jpg"),
    ],
)
def test_a_file_has_no_folders(sent, name):
    assert read(part("file", b"", f'; filename="{sent}"') + END)[1].name == name


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('Multipart/Form-Data; charset=utf-8; boundary="a b:c"', b"a b:c"),
        ("multipart/form-data; boundary=abc; charset=utf-8", b"abc"),
    ],
)
def test_boundaries(header, boundary):
    assert boundary_of(header) == boundary


@pytest.mark.parametrize(
    "header",
    [
        "",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"multipart/form-data; boundary={'a' * 71}",
        "multipart/mixed; boundary=a",
    ],
)
def test_no_boundary(header):
    with pytest.raises(CloudError, match="RequestIsNotMultiPartContent"):
        boundary_of(header)
