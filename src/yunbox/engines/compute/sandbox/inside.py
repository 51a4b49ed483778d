"""A program of its own: does one thing inside a running sandbox, and needs nothing but Python's own library.

Usage: `python -I -S inside.py`, with a JSON document on standard input that says what to do ("do") and in which
sandbox ("pid" and "ticks" of its first process). It enters the sandbox's namespaces, so that every path is the
sandbox's, and has no more capabilities than its first process.

    write   put files in place
    run     run a command, watch over it, and keep its output and end in a folder of the host ("folder")
    attach  mount a directory of the host ("source") at "target"
    detach  take away what is mounted at "target"

Exit status 0: done. 3: the file exists. Otherwise the last line of standard error says what went wrong.
"""

# It starts for every command, and pathlib would be a third of its start.
# ruff: noqa: PTH103, PTH116, PTH123

from __future__ import annotations

import base64
import contextlib
import ctypes
import json
import os
import select
import signal
import stat
import sys
import time
from typing import Any, NoReturn, cast

EXISTS = 3
_LIBC = ctypes.CDLL(None, use_errno=True)
_NAMESPACES = ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")
_DROP_BOUND, _NO_NEW_PRIVILEGES, _CAPABILITY_VERSION = 24, 38, 0x20080522
_SECCOMP, _FILTER = 22, 2
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442
_EMPTY_PATH, _CLONE, _CLOSE = 0x1000, 1, 0o2000000
_SYMLINKS_IN_TARGET = 0x10
_DETACH, _NO_FOLLOW = 2, 8
_MOUNT_FLAGS = 2 | 4  # no set-user-id programs, no devices
_READ_ONLY = 1
_PAUSE = 0.5
_PIECES = 64


class FailedError(Exception):
    """It cannot be done; the text says why."""


def call(name: str, *arguments: object) -> int:
    """Call a function of the C library."""
    result = cast(int, getattr(_LIBC, name)(*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def machine() -> str:
    """Return what tells this start of the machine from every other."""
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def enter(pid: int, ticks: int) -> int:
    """Enter the sandbox's namespaces; return the capabilities of its first process as a number."""
    own = {name: os.stat(f"/proc/self/ns/{name}").st_ino for name in _NAMESPACES}
    opened = []
    for name in _NAMESPACES:
        descriptor = os.open(f"/proc/{pid}/ns/{name}", os.O_RDONLY | os.O_CLOEXEC)
        if os.fstat(descriptor).st_ino != own[name]:
            opened.append(descriptor)
    with open(f"/proc/{pid}/status") as lines:
        kept = next(int(line.split()[1], 16) for line in lines if line.startswith("CapPrm:"))
    with open(f"/proc/{pid}/stat", "rb") as file:
        text = file.read()
    if int(text[text.rindex(b")") + 2 :].split()[19]) != ticks:
        raise FailedError("the sandbox has ended")
    for descriptor in opened:
        call("setns", descriptor, 0)
    os.chdir("/")
    return kept


def limit(capabilities: int, calls: str) -> None:
    """Give up all capabilities but these, and the system calls that a filter (in base64) refuses, for good."""
    for number in range(64):
        if not capabilities >> number & 1 and _LIBC.prctl(_DROP_BOUND, number, 0, 0, 0) < 0:
            break
    low, high = capabilities & 0xFFFFFFFF, capabilities >> 32
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    data = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    call("capset", header, data)
    call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    program = base64.b64decode(calls)
    held = ctypes.create_string_buffer(program, len(program))
    call("prctl", _SECCOMP, _FILTER, ctypes.byref(_Program(len(program) // 8, ctypes.addressof(held))), 0, 0)


class _Program(ctypes.Structure):
    """A filter of system calls, as the kernel wants it: how many instructions, and where."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def entry(path: str, name: str) -> list[str] | None:
    """Return the line of /etc/passwd or /etc/group for a name or a number."""
    try:
        with open(path, errors="replace") as lines:
            for line in lines:
                fields = line.rstrip("\n").split(":")
                if len(fields) > 3 and name in (fields[0], fields[2]):
                    return fields
    except OSError:
        return None
    return None


def owner(text: str) -> tuple[int, int]:
    """Return the numbers of "user" or "user:group"."""
    user, _, group = text.partition(":")
    found = entry("/etc/passwd", user)
    if found is None and not user.isdigit() and user != "root":
        raise FailedError(f"there is no user {user}")
    number = int(found[2]) if found else int(user if user.isdigit() else 0)
    if not group:
        return number, int(found[3]) if found else number
    other = entry("/etc/group", group)
    if other is None and not group.isdigit() and group != "root":
        raise FailedError(f"there is no group {group}")
    return number, int(other[2]) if other else int(group if group.isdigit() else 0)


def write(file: dict[str, Any]) -> None:
    """Put one file in place: whole, and over what is there only if that is wanted."""
    path = file["path"]
    if not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise FailedError(f"not the path of a file: {path!r}")
    user, group = owner(file["owner"])
    folder, name = os.path.split(path)
    os.makedirs(folder, 0o755, exist_ok=True)
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    fresh = f".{name[:100]}.{os.getpid()}.new"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(fresh, flags, 0o600, dir_fd=directory)
        with os.fdopen(descriptor, "wb") as out:
            out.write(base64.b64decode(file["data"]))
            out.flush()
            os.fchown(out.fileno(), user, group)
            os.fchmod(out.fileno(), file["mode"])
            os.fsync(out.fileno())
        if file["overwrite"]:
            with contextlib.suppress(FileNotFoundError):
                if stat.S_ISDIR(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode):
                    raise FailedError(f"{path} is a directory")
            os.rename(fresh, name, src_dir_fd=directory, dst_dir_fd=directory)
        else:
            os.link(fresh, name, src_dir_fd=directory, dst_dir_fd=directory, follow_symlinks=False)
    except FileExistsError:
        sys.exit(EXISTS)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fresh, dir_fd=directory)
        os.close(directory)


def attach(order: dict[str, Any]) -> None:
    """Make a directory of the host appear inside."""
    source = os.open(order["source"], os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    tree = call("syscall", _OPEN_TREE, source, b"", _EMPTY_PATH | _CLONE | _CLOSE)
    flags = _MOUNT_FLAGS | (_READ_ONLY if order["read_only"] else 0)
    attributes = (ctypes.c_uint64 * 4)(flags, 0, 0, 0)
    call("syscall", _MOUNT_SETATTR, tree, b"", _EMPTY_PATH, attributes, ctypes.sizeof(attributes))
    enter(order["pid"], order["ticks"])
    os.makedirs(order["target"], 0o755, exist_ok=True)
    target = order["target"].encode()
    call("syscall", _MOVE_MOUNT, tree, b"", -100, target, 0x04 | _SYMLINKS_IN_TARGET)


def detach(order: dict[str, Any]) -> None:
    """Take away all that is mounted at the target."""
    enter(order["pid"], order["ticks"])
    for _ in range(16):
        if _LIBC.umount2(order["target"].encode(), _DETACH | _NO_FOLLOW) < 0:
            break


def say_begun() -> None:
    """Tell whoever asked for it that it was begun; they may be gone."""
    with contextlib.suppress(BrokenPipeError):
        os.write(1, b"begun\n")


class Watch:
    """Runs a command and keeps what becomes of it: files in a directory that stays open."""

    def __init__(self, order: dict[str, Any], directory: int) -> None:
        self.order = order
        self.directory = directory
        self.output = bytearray()
        self.dropped = 0
        self.cancelled = False

    def keep(self, name: str, data: bytes) -> None:
        """Put a file in place in one step."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        with os.fdopen(os.open(f"{name}.new", flags, 0o600, dir_fd=self.directory), "wb") as file:
            file.write(data)
        os.rename(f"{name}.new", name, src_dir_fd=self.directory, dst_dir_fd=self.directory)

    def keep_output(self) -> None:
        """Keep what came so far: a count of what was dropped, then the rest."""
        self.keep("output", b"%d\n" % self.dropped + bytes(self.output))

    def finish(self, end: str, code: int | None = None, error: str = "") -> NoReturn:
        """Keep how it ended, and end."""
        self.keep_output()
        # Whoever waits for the beginning finds the end in place.
        self.keep("end", json.dumps({"end": end, "exit_code": code, "error": error[:1000]}).encode())
        say_begun()
        os._exit(0)

    def take(self, data: bytes) -> None:
        """Take in some output; only the last of it is kept."""
        self.output += data
        excess = len(self.output) - self.order["output_limit"]
        if excess > 0:
            del self.output[:excess]
            self.dropped += excess

    def run(self) -> NoReturn:
        """Run it to its end."""
        signal.signal(signal.SIGTERM, self.cancel)
        with open("/proc/self/stat", "rb") as file:
            text = file.read()
        ticks = int(text[text.rindex(b")") + 2 :].split()[19])
        self.keep(
            "watch.json", json.dumps({"pid": os.getpid(), "ticks": ticks, "machine": machine()}).encode()
        )
        try:
            groups = [os.open(each, os.O_WRONLY | os.O_CLOEXEC) for each in self.order["groups"]]
            capabilities = enter(self.order["pid"], self.order["ticks"])
        except (OSError, FailedError) as error:
            self.finish("failed", error=str(error))
        reading, writing = os.pipe()
        failing, failed = os.pipe()
        child = os.fork()
        if not child:
            self.become(capabilities, groups, writing, failed)
        os.close(writing)
        os.close(failed)
        wrong = b""
        # This ends when the command has taken the child's place.
        while part := os.read(failing, 4096):
            wrong += part
        if not wrong:
            say_begun()
        if wrong:
            os.waitpid(child, 0)
            self.finish("failed", error=wrong.decode(errors="replace"))
        self.watch(child, reading)

    def cancel(self, *_: object) -> None:
        """Note that it is to end."""
        self.cancelled = True

    def watch(self, child: int, reading: int) -> NoReturn:
        """Read output until the command has ended, or has to."""
        deadline = time.monotonic() + self.order["timeout"]
        ended = os.pidfd_open(child)
        ready = select.poll()
        ready.register(reading, select.POLLIN)
        ready.register(ended, select.POLLIN)
        saved, size = time.monotonic(), -1
        while True:
            now = time.monotonic()
            if self.cancelled or now >= deadline:
                self.end(child, reading, "cancelled" if self.cancelled else "timeout")
            if now - saved >= _PAUSE and len(self.output) + self.dropped != size:
                saved, size = now, len(self.output) + self.dropped
                self.keep_output()
            events = dict(ready.poll(min(deadline - now, _PAUSE) * 1000))
            if reading in events:
                data = os.read(reading, 1 << 16)
                self.take(data)
                if not data:
                    ready.unregister(reading)
            if ended in events:
                # What it left running may go on printing: nobody waits for that.
                self.drain(reading)
                status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                self.finish("exited", status if status >= 0 else 128 - status)

    def end(self, child: int, reading: int, why: str) -> NoReturn:
        """End the command and its group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        self.drain(reading)
        self.finish(why)

    def drain(self, reading: int) -> None:
        """Take in what stands in the pipe."""
        os.set_blocking(reading, False)
        with contextlib.suppress(BlockingIOError):
            for _ in range(_PIECES):
                self.take(os.read(reading, 1 << 16))

    def become(self, capabilities: int, groups: list[int], output: int, failed: int) -> NoReturn:
        """Be the command, in the child."""
        try:
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            for group in groups:
                os.write(group, b"0")
            self.redirect(output)
            order = self.order
            user, group = owner(order["user"])
            environment = dict(order["environment"])
            known = entry("/etc/passwd", str(user))
            environment.setdefault("HOME", known[5] if known and len(known) > 5 else "/")
            environment.setdefault("USER", known[0] if known else str(user))
            os.chdir(order["cwd"])
            self.change_user(user, group, known[0] if known else "", capabilities)
            os.execvpe(order["argv"][0], order["argv"], environment)  # noqa: S606 - what was asked for
        except BaseException as error:
            text = (
                f"{error.strerror}: {error.filename}"
                if isinstance(error, OSError) and error.filename
                else error
            )
            os.write(failed, str(text).encode()[:1000] or b"failed")
        os._exit(127)

    def redirect(self, output: int) -> None:
        """Read from what was given, write to the pipe."""
        given = os.memfd_create("input")
        os.write(given, base64.b64decode(self.order["stdin"]))
        os.lseek(given, 0, os.SEEK_SET)
        os.dup2(given, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)

    def change_user(self, user: int, group: int, name: str, capabilities: int) -> None:
        """Become a user, with the groups that list the name, and with no more rights than the sandbox."""
        limit(capabilities, self.order["calls"])
        if user == os.getuid() and group == os.getgid():
            return
        others = [group]
        with contextlib.suppress(OSError), open("/etc/group", errors="replace") as lines:
            fields = (line.rstrip("\n").split(":") for line in lines)
            others += [int(each[2]) for each in fields if len(each) > 3 and name in each[3].split(",")]
        os.setgroups(others)
        os.setgid(group)
        os.setuid(user)


def main() -> None:
    """Do what standard input says."""
    order = json.load(sys.stdin)
    try:
        if order["do"] == "run":
            Watch(order, os.open(order["folder"], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)).run()
        elif order["do"] == "write":
            limit(enter(order["pid"], order["ticks"]), order["calls"])
            for file in order["files"]:
                write(file)
        else:
            {"attach": attach, "detach": detach}[order["do"]](order)
    except (OSError, FailedError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
