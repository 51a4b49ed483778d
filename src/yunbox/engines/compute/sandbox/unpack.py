"""Unpacking a root file system from an archive that nobody vouches for.

No name leads out of the target, whatever links the archive holds: links are followed as the system inside would,
with the target as its root. Device nodes are left out. Sizes and counts are bounded, so that a small file cannot
fill the disk.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
import stat
import tarfile
import zlib
from pathlib import Path
from typing import IO, cast

from yunbox.engines.compute.errors import BadImageError

MAX_BYTES = 64 << 30
MAX_ENTRIES = 2_000_000
_MAX_DEPTH = 256
_MAX_LINKS = 40
_MAX_NAME = 4096


def unpack(archive: Path, target: Path, max_bytes: int = MAX_BYTES, max_entries: int = MAX_ENTRIES) -> None:
    """Unpack an archive into an empty directory that nobody else changes. Raises BadImageError."""
    try:
        with _opened(archive) as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
            _Unpacking(tar, target, max_bytes, max_entries).run()
            # Check sums stand behind the last block.
            for _ in range(max_bytes >> 20):
                if not plain.read(1 << 20):
                    return
        raise BadImageError("the archive holds more than is allowed")
    except (tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError, ValueError) as error:
        raise BadImageError(f"the archive cannot be unpacked: {error}") from error


def _opened(archive: Path) -> IO[bytes]:
    """Open an archive for reading what it holds, whatever it is compressed with."""
    with archive.open("rb") as file:
        head = file.read(6)
    if head.startswith(b"\x1f\x8b"):
        return cast(IO[bytes], gzip.open(archive))
    if head.startswith(b"BZh"):
        return cast(IO[bytes], bz2.open(archive))
    if head == b"\xfd7zXZ\0":
        return cast(IO[bytes], lzma.open(archive))
    return archive.open("rb")


class _Unpacking:
    def __init__(self, tar: tarfile.TarFile, target: Path, max_bytes: int, max_entries: int) -> None:
        self._tar = tar
        self._target = target
        self._bytes_left = max_bytes
        self._entries_left = max_entries
        self._own = os.geteuid() == 0
        self._directories: list[tuple[Path, int]] = []

    def run(self) -> None:
        empty = True
        for member in self._tar:
            empty = False
            self._entries_left -= 1
            self._bytes_left -= max(member.size, 0)
            if self._entries_left < 0 or self._bytes_left < 0 or member.size < 0:
                raise BadImageError("the archive holds more than is allowed")
            self._entry(member)
            # The library remembers every entry; an archive of millions would fill the memory.
            self._tar.members = []  # type: ignore[attr-defined]
        if empty:
            raise BadImageError("the archive is empty")
        # Only now: a directory that may not be written in could not have been filled.
        for path, mode in reversed(self._directories):
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                os.fchmod(descriptor, mode)
            finally:
                os.close(descriptor)

    def _entry(self, member: tarfile.TarInfo) -> None:
        names = _names(member.name)
        mode = stat.S_IMODE(member.mode)
        if not names:
            if member.isdir():
                self._directories.append((self._target, mode | 0o700))
            return
        place = self._folder(names[:-1]) / names[-1]
        if member.isdir():
            self._directory(place, mode)
        elif member.isreg():
            self._clear(place)
            self._file(member, place, mode)
        elif member.issym():
            self._clear(place)
            place.symlink_to(member.linkname)
        elif member.islnk():
            self._hard_link(member, place)
            return
        elif member.isfifo():
            self._clear(place)
            os.mkfifo(place, mode & 0o777)
        else:
            return
        if self._own:
            os.chown(place, member.uid, member.gid, follow_symlinks=False)
            if member.isreg():
                # A change of owner takes set-user-id away.
                place.chmod(mode)

    def _directory(self, place: Path, mode: int) -> None:
        if place.is_symlink() and self._walk(list(place.relative_to(self._target).parts)).is_dir():
            return
        if place.is_symlink() or not place.is_dir():
            self._clear(place)
            place.mkdir(mode=0o700)
        self._directories.append((place, mode))

    def _file(self, member: tarfile.TarInfo, place: Path, mode: int) -> None:
        source = self._tar.extractfile(member)
        if source is None:
            raise BadImageError(f"{member.name[:200]!r} has no content")
        descriptor = os.open(
            place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
        with os.fdopen(descriptor, "wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
            os.fchmod(out.fileno(), mode)
            os.utime(out.fileno(), (member.mtime, member.mtime))

    def _hard_link(self, member: tarfile.TarInfo, place: Path) -> None:
        names = _names(member.linkname)
        if not names:
            raise BadImageError(f"{member.name[:200]!r} is a link to nothing")
        source = self._folder(names[:-1]) / names[-1]
        if source == place:
            return
        if source.is_symlink() or not source.is_file():
            raise BadImageError(f"{member.name[:200]!r} is a link to what is no file")
        self._clear(place)
        os.link(source, place, follow_symlinks=False)

    def _clear(self, place: Path) -> None:
        """Make room for an entry: a later one replaces an earlier one of the same name, but no directory."""
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            place.unlink()
        elif place.is_dir():
            raise BadImageError(f"{place.name[:200]!r} is a directory and something else")

    def _folder(self, names: list[str]) -> Path:
        """Return the directory of that name as the system inside would find it, made where it is missing."""
        place = self._walk(names)
        relative = place.relative_to(self._target)
        at = self._target
        for name in relative.parts:
            at = at / name
            if not at.is_dir():
                at.mkdir(mode=0o755)
        return place

    def _walk(self, names: list[str]) -> Path:
        """Follow names and the links on the way, never above the target. What is missing is taken as it is named."""
        rest, at, links = list(reversed(names)), self._target, 0
        while rest:
            name = rest.pop()
            if name == "..":
                at = at if at == self._target else at.parent
                continue
            step = at / name
            if step.is_symlink():
                links += 1
                if links > _MAX_LINKS:
                    raise BadImageError("links of the archive lead in circles")
                to = os.readlink(step)  # noqa: PTH115 - as text: pathlib would tidy it
                at = self._target if to.startswith("/") else at
                rest += [each for each in reversed(to.split("/")) if each not in ("", ".")]
            elif step.exists() and not step.is_dir():
                raise BadImageError(f"{name[:200]!r} is used as a directory and is none")
            else:
                at = step
            if len(at.parts) > _MAX_DEPTH + len(self._target.parts):
                raise BadImageError("directories of the archive lie too deep")
        return at


def _names(name: str) -> list[str]:
    """Return the parts of a name in the archive. Raises BadImageError when it would lead out."""
    if len(name) > _MAX_NAME or "\0" in name:
        raise BadImageError("a name in the archive is too long or damaged")
    parts = [each for each in name.split("/") if each not in ("", ".")]
    if ".." in parts:
        raise BadImageError(f"{name[:200]!r} leads out of the archive")
    return parts
