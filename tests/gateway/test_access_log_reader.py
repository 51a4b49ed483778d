"""Reading logs while they are written and rolled over."""

from __future__ import annotations

from pathlib import Path

import pytest

from yunbox.gateway import access_log
from yunbox.gateway.access_log import AccessLog
from yunbox.gateway.access_log_reader import Position, backlog, end_of, lines_of, logs_in, whats_new

NAME = "worker-1.log"


class Reader:
    def __init__(self, folder: Path, limit: int = 1 << 20) -> None:
        self.folder = folder
        self.limit = limit
        self.position = Position()
        self.lost = False

    def read(self) -> list[bytes]:
        news = whats_new(self.folder, NAME, self.position, self.limit)
        self.position, self.lost = news.position, news.lost
        lines: list[bytes] = []
        for span in news.spans:
            found = lines_of(self.folder, span)
            assert found is not None
            lines += found
        return lines


def test_what_is_new_is_read_once(tmp_path: Path) -> None:
    log, reader = AccessLog(tmp_path / NAME), Reader(tmp_path)
    assert reader.read() == []
    log.write(b"1\n")
    log.write(b"2\n")
    log.flush()
    assert logs_in(tmp_path) == [NAME]
    assert backlog(tmp_path, NAME, reader.position) == 4
    assert reader.read() == [b"1", b"2"]
    assert backlog(tmp_path, NAME, reader.position) == 0
    assert reader.read() == []
    log.write(b"3\n")
    log.flush()
    assert reader.read() == [b"3"]
    log.close()


def test_half_a_line_waits_for_its_end(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    with (tmp_path / NAME).open("wb", buffering=0) as file:
        file.write(b"whole\nha")
        assert reader.read() == [b"whole"]
        file.write(b"lf\n")
        assert reader.read() == [b"half"]


@pytest.mark.parametrize("reads_every", [1, 3, 7])
@pytest.mark.parametrize("limit", [40, 1 << 20])
def test_nothing_is_lost_or_doubled_when_the_log_rolls_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reads_every: int, limit: int
) -> None:
    monkeypatch.setattr(access_log, "MAX_BYTES", 100)
    log, reader = AccessLog(tmp_path / NAME), Reader(tmp_path, limit)
    seen: list[bytes] = []
    for number in range(200):
        log.write(b"line %03d\n" % number)
        log.flush()
        if number % reads_every == 0:
            while lines := reader.read():
                seen += lines
            assert not reader.lost
    seen += reader.read() + reader.read()
    assert seen == [b"line %03d" % number for number in range(200)]
    log.close()


def test_records_that_rolled_over_unread_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "MAX_BYTES", 10)
    log, reader = AccessLog(tmp_path / NAME), Reader(tmp_path)
    log.write(b"a\n")
    log.flush()
    assert reader.read() == [b"a"]
    keep = [(tmp_path / NAME).open("rb")]  # its inode must not be taken by a new file at once
    for number in range(3):
        log.write(b"line number %d\n" % number)
        log.flush()
        keep.append((tmp_path / f"{NAME}.1").open("rb"))
    assert reader.read() == [b"line number 2"]
    assert reader.lost
    for file in keep:
        file.close()
    log.close()


def test_passing_over_ends_behind_whole_lines(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"1\n2\nhal")
    assert end_of(tmp_path, NAME).offset == 4
    assert end_of(tmp_path, "none.log") == Position()
