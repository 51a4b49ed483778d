"""Archives that nobody vouches for are unpacked into their folder and nowhere else."""

from __future__ import annotations

import contextlib
import os
import tarfile
from pathlib import Path

import pytest
from compute_running import archive, entry
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunbox.engines.compute.errors import BadImageError
from yunbox.engines.compute.sandbox.unpack import unpack

LINK, DIRECTORY, HARD = tarfile.SYMTYPE, tarfile.DIRTYPE, tarfile.LNKTYPE


@pytest.fixture
def target(tmp_path: Path) -> Path:
    made = tmp_path / "target"
    made.mkdir()
    return made


def unpacked(
    path: Path, members: list[tuple[tarfile.TarInfo, bytes]], target: Path, mode: str = "w:gz"
) -> Path:
    unpack(archive(path / "archive", members, mode), target)
    return target


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_what_an_archive_holds_is_there(tmp_path: Path, target: Path, mode: str) -> None:
    members = [
        entry("./"),
        entry("etc", DIRECTORY, mode=0o750),
        entry("etc/file", data=b"text", mode=0o4755, mtime=1000),
        entry("bin", LINK, linkname="usr/bin"),
        entry("usr/bin", DIRECTORY),
        entry("bin/tool", data=b"tool"),
        entry("abs", LINK, linkname="/usr"),
        entry("abs/more/deep", data=b"deep"),
        entry("etc/same", HARD, linkname="etc/file"),
        entry("etc/file2", data=b"first"),
        entry("etc/file2", data=b"second"),
        entry("dev/disk", tarfile.BLKTYPE, devmajor=8),
        entry("dev/null", tarfile.CHRTYPE, devmajor=1, devminor=3),
        entry("run/pipe", tarfile.FIFOTYPE),
    ]
    members[0][0].type = DIRECTORY
    unpacked(tmp_path, members, target, mode)
    assert (target / "etc").stat().st_mode & 0o7777 == 0o750
    assert (target / "etc/file").read_text() == "text"
    assert (target / "etc/file").stat().st_mode & 0o7777 == 0o4755
    assert (target / "usr/bin/tool").read_text() == "tool"
    assert (target / "abs").readlink() == Path("/usr")
    assert (target / "usr/more/deep").read_text() == "deep"
    assert (target / "etc/same").stat().st_ino == (target / "etc/file").stat().st_ino
    assert (target / "etc/file2").read_text() == "second"
    assert not (target / "dev/disk").exists()
    assert not (target / "dev/null").exists()
    assert (target / "run/pipe").is_fifo()


@pytest.mark.parametrize(
    "members",
    [
        [entry("../out", data=b"x")],
        [entry("a/../../out", data=b"x")],
        [entry("a", LINK, linkname="b"), entry("b", LINK, linkname="a"), entry("a/x", data=b"x")],
        [entry("file", data=b"x"), entry("file/x", data=b"x")],
        [entry("dir", DIRECTORY), entry("dir", LINK, linkname="/etc")],
        [entry("dir/x", data=b"x"), entry("dir", data=b"x")],
        [entry("hard", HARD, linkname="../../etc/passwd")],
        [entry("hard", HARD, linkname="missing")],
        [entry("link", LINK, linkname="/etc/passwd"), entry("hard", HARD, linkname="link")],
        [entry("/".join("d" * 400), data=b"x")],
    ],
)
def test_what_leads_out_or_astray_is_refused(
    tmp_path: Path, target: Path, members: list[tuple[tarfile.TarInfo, bytes]]
) -> None:
    with pytest.raises(BadImageError):
        unpacked(tmp_path, members, target)
    assert not (tmp_path / "out").exists()


def test_links_lead_inside_even_when_they_look_like_the_hosts(tmp_path: Path, target: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    members = [
        entry("way", LINK, linkname=str(outside)),
        entry("way/file", data=b"x"),
        entry("up", LINK, linkname="../../../../outside"),
        entry("up/file", data=b"y"),
        entry("over", LINK, linkname=str(outside / "over")),
        entry("over", data=b"z"),
        entry("/absolute", data=b"a"),
    ]
    unpacked(tmp_path, members, target)
    assert list(outside.iterdir()) == []
    assert (target / str(outside)[1:] / "file").read_text() == "x"
    assert (target / "outside/file").read_text() == "y"
    assert (target / "over").read_text() == "z"
    assert (target / "absolute").read_text() == "a"


def test_limits_hold(tmp_path: Path, target: Path) -> None:
    zeros = archive(tmp_path / "zeros", [entry("zeros", data=bytes(3 << 20))])
    assert zeros.stat().st_size < 10_000
    with pytest.raises(BadImageError, match="more than is allowed"):
        unpack(zeros, target, max_bytes=1 << 20)
    many = archive(tmp_path / "many", [entry(f"f{number}") for number in range(50)])
    with pytest.raises(BadImageError, match="more than is allowed"):
        unpack(many, target, max_entries=40)


def test_damage_is_refused(tmp_path: Path, target: Path) -> None:
    whole = archive(tmp_path / "whole", [entry("file", data=os.urandom(100_000))]).read_bytes()
    for number, data in enumerate(
        (b"", b"not an archive", whole[: len(whole) // 2], whole[:300] + bytes(50) + whole[350:])
    ):
        (tmp_path / f"bad{number}").write_bytes(data)
        with pytest.raises(BadImageError):
            unpack(tmp_path / f"bad{number}", target)


_PARTS = st.sampled_from(["a", "b", "..", ".", "", "c", "/", "way"])
_NAMES = st.lists(_PARTS, max_size=5).map("/".join)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(_NAMES, st.sampled_from([tarfile.REGTYPE, LINK, DIRECTORY, HARD]), _NAMES), max_size=8)
)
def test_no_archive_reaches_outside(
    tmp_path_factory: pytest.TempPathFactory, members: list[tuple[str, bytes, str]]
) -> None:
    room = tmp_path_factory.mktemp("room")
    target = room / "a" / "target"
    target.mkdir(parents=True)
    made = [entry(name or "x", kind, linkname=to) for name, kind, to in members]
    path = archive(room / "archive", made)
    before = sorted(str(each) for each in room.rglob("*") if target not in each.parents)
    with contextlib.suppress(BadImageError):
        unpack(path, target)
    assert sorted(str(each) for each in room.rglob("*") if target not in each.parents) == before
