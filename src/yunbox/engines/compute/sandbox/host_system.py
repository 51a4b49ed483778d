"""The host's own system as an image: its programs and its settings, without anything that is secret or private.

What a sandbox sees of the host is listed here; all else is absent, not hidden. Programs (/usr and what belongs
to it) are as they are. Of /etc, what not everybody may read is left out, and passwords are locked. Home
directories, /var, /opt, /srv, /tmp, /run and the rest begin empty.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from yunbox.engines.compute.sandbox import records
from yunbox.engines.compute.sandbox.places import digest

PROGRAM_DIRECTORIES = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
PACKAGE_RECORDS = ("/var/lib/dpkg", "/var/lib/rpm", "/lib/apk")
"""What the system's package tool knows of what is installed."""

_EMPTY = {
    "root": 0o700,
    "home": 0o755,
    "tmp": 0o1777,
    "run": 0o755,
    "proc": 0o555,
    "sys": 0o555,
    "dev": 0o755,
    "mnt": 0o755,
    "media": 0o755,
    "opt": 0o755,
    "srv": 0o755,
    "boot": 0o755,
    "usr": 0o755,
    "etc": 0o755,
    "var": 0o755,
    "var/cache": 0o755,
    "var/cache/apt": 0o755,
    "var/cache/apt/archives": 0o755,
    "var/cache/apt/archives/partial": 0o700,
    "var/lib": 0o755,
    "var/lib/apt": 0o755,
    "var/lib/apt/lists": 0o755,
    "var/lib/apt/lists/partial": 0o700,
    "var/log": 0o755,
    "var/log/apt": 0o755,
    "var/mail": 0o1777,
    "var/spool": 0o755,
    "var/tmp": 0o1777,
}
_LINKS = {"var/run": "/run", "var/lock": "/run/lock"}

_LEFT_OUT = ("machine-id", "hostname", "resolv.conf", "fstab", "crypttab")
"""Files of /etc that speak of this machine alone."""


def python_home() -> Path | None:
    """Return where the running Python lies, when a sandbox would not see it; else None."""
    home = Path(sys.base_prefix).resolve()
    seen = (Path("/usr"), Path("/etc"), *(Path("/") / each for each in PROGRAM_DIRECTORIES))
    if any(home == each or each in home.parents for each in seen):
        return None
    return home


def skeleton(base: Path) -> Path:
    """Return a folder with the directories of a fresh system; made once."""
    home = python_home()
    # Users other than root have to pass through /root to a Python that lies there.
    open_root = home is not None and Path("/root") in home.parents
    links = {
        each: str(Path(f"/{each}").readlink())
        for each in PROGRAM_DIRECTORIES
        if Path(f"/{each}").is_symlink()
    }
    real = [each for each in PROGRAM_DIRECTORIES if each not in links and Path(f"/{each}").is_dir()]
    place = base / ("skeleton-" + digest(repr((1, _EMPTY, links, real, open_root)), 12))
    if place.exists():
        return place
    fresh = _fresh(place)
    modes = _EMPTY | dict.fromkeys(real, 0o755)
    if open_root:
        modes["root"] = 0o711
    for name, mode in modes.items():
        (fresh / name).mkdir(parents=True)
        (fresh / name).chmod(mode)
    for name, target in (_LINKS | links).items():
        (fresh / name).symlink_to(target)
    return _placed(fresh, place)


def settings(base: Path) -> Path:
    """Return a layer that lies over the host's /etc, and takes from it what a sandbox must not see."""
    root = Path("/etc")
    hidden = sorted({*_private(root), *(each for each in _LEFT_OUT if _there(root / each))})
    users = _names(root / "passwd")
    replaced = {"shadow": "".join(f"{each}:*:19000:0:99999:7:::\n" for each in users)}
    place = base / ("settings-" + digest(repr((1, hidden, replaced)), 12))
    if place.exists():
        return place
    fresh = _fresh(place)
    fresh.chmod(0o755)
    for name in hidden:
        if name not in replaced:
            _directories(root, fresh, Path(name).parent)
            _hide(fresh / name)
    for name, content in replaced.items():
        (fresh / name).write_text(content)
        (fresh / name).chmod(0o600)
    return _placed(fresh, place)


def copy_settings(root: Path, shown: Path, target: Path) -> None:
    """Copy the host's /etc as it looks with `shown` (of `settings`) laid over it."""
    hidden = {*_private(root), *_LEFT_OUT}

    def left_out(place: str, names: list[str]) -> set[str]:
        return {name for name in names if str(Path(place, name).relative_to(root)) in hidden}

    shutil.copytree(root, target, symlinks=True, ignore=left_out, dirs_exist_ok=True)
    shutil.copy2(shown / "shadow", target / "shadow")


def _fresh(place: Path) -> Path:
    fresh = place.with_name(f"{place.name}.new")
    records.erase(fresh)
    fresh.mkdir(mode=0o755)
    fresh.chmod(0o755)
    return fresh


def _placed(fresh: Path, place: Path) -> Path:
    fresh.rename(place)
    return place


def _there(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _names(passwd: Path) -> list[str]:
    try:
        return [line.split(":", 1)[0] for line in passwd.read_text().splitlines() if ":" in line]
    except OSError:
        return ["root"]


def _private(root: Path) -> Iterator[str]:
    """Yield what not everybody may read, relative to `root`; of a closed directory, the directory alone."""
    for place, directories, files in os.walk(root, onerror=None):
        for name in list(directories):
            entry = Path(place, name)
            if not entry.is_symlink() and entry.stat().st_mode & 0o005 != 0o005:
                directories.remove(name)
                yield str(entry.relative_to(root))
        for name in files:
            entry = Path(place, name)
            mode = entry.lstat().st_mode
            if not stat.S_ISLNK(mode) and not (mode & 0o004 and stat.S_ISREG(mode)):
                yield str(entry.relative_to(root))


def _directories(root: Path, fresh: Path, relative: Path) -> None:
    """Make the directories on the way, as the host has them: the upper layer's attributes are those seen."""
    for each in reversed([relative, *relative.parents]):
        place = fresh / each
        if not place.exists():
            place.mkdir()
            facts = (root / each).stat()
            place.chmod(stat.S_IMODE(facts.st_mode))
            if os.geteuid() == 0:
                os.chown(place, facts.st_uid, facts.st_gid)


def _hide(place: Path) -> None:
    """Put there what an overlay takes for "there is nothing", or an empty file where that is not allowed."""
    try:
        os.mknod(place, stat.S_IFCHR | 0o600, os.makedev(0, 0))
    except PermissionError:
        place.touch(mode=0o600)
