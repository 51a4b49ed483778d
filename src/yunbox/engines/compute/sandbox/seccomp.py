"""Which system calls a sandbox may not make: those that change the machine, mounts or namespaces, or that reach
parts of the kernel which servers do not need and which are hard to trust.

Root inside is root by its number as far as the kernel's files are concerned. What keeps it in is that it cannot
make a user namespace, in which it would have every capability.
"""

from __future__ import annotations

import os
import struct
from functools import cache

from yunbox.engines.compute.errors import UnsupportedError

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NOT_PERMITTED, _NOT_THERE = 1, 38
_NEW_NAMESPACES = 0x02000000 | 0x7C020000
"""Of cgroup, mount, uts, ipc, user, pid and network."""

_VSOCK, _X32 = 40, 0x40000000

_CLONE, _UNSHARE, _SOCKET = "clone", "unshare", "socket"

_SINCE_424 = {
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "mount_setattr": 442,
    "quotactl_fd": 443,
}
"""The same numbers on all machines."""

_X86_64 = {
    "ptrace": 101,
    "syslog": 103,
    "vhangup": 153,
    "pivot_root": 155,
    "_sysctl": 156,
    "acct": 163,
    "settimeofday": 164,
    "mount": 165,
    "umount2": 166,
    "swapon": 167,
    "swapoff": 168,
    "reboot": 169,
    "iopl": 172,
    "ioperm": 173,
    "init_module": 175,
    "delete_module": 176,
    "quotactl": 179,
    "lookup_dcookie": 212,
    "clock_settime": 227,
    "kexec_load": 246,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "perf_event_open": 298,
    "fanotify_init": 300,
    "name_to_handle_at": 303,
    "open_by_handle_at": 304,
    "clock_adjtime": 305,
    "setns": 308,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "finit_module": 313,
    "kexec_file_load": 320,
    "bpf": 321,
    "userfaultfd": 323,
}
_AARCH64 = {
    "lookup_dcookie": 18,
    "umount2": 39,
    "mount": 40,
    "pivot_root": 41,
    "vhangup": 58,
    "quotactl": 60,
    "acct": 89,
    "kexec_load": 104,
    "init_module": 105,
    "delete_module": 106,
    "clock_settime": 112,
    "syslog": 116,
    "ptrace": 117,
    "reboot": 142,
    "settimeofday": 170,
    "add_key": 217,
    "request_key": 218,
    "keyctl": 219,
    "swapon": 224,
    "swapoff": 225,
    "perf_event_open": 241,
    "fanotify_init": 262,
    "name_to_handle_at": 264,
    "open_by_handle_at": 265,
    "clock_adjtime": 266,
    "setns": 268,
    "process_vm_readv": 270,
    "process_vm_writev": 271,
    "finit_module": 273,
    "bpf": 280,
    "userfaultfd": 282,
    "kexec_file_load": 294,
}
_REFUSED = {"x86_64": _X86_64, "aarch64": _AARCH64}
_EXAMINED = {
    "x86_64": {_CLONE: 56, _UNSHARE: 272, _SOCKET: 41},
    "aarch64": {_CLONE: 220, _UNSHARE: 97, _SOCKET: 198},
}
_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE3 = 435

# Looking at one's own processes is what debuggers do; it reaches nothing that is not the sandbox's.
_ALLOWED_ANYWAY = ("ptrace",)


def _instruction(code: int, yes: int, no: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


@cache
def program() -> bytes:
    """Return the filter for this machine's kind of processor. Raises UnsupportedError for one that is not known."""
    machine = os.uname().machine
    if machine not in _ARCHITECTURES:
        raise UnsupportedError(f"sandboxes are not ready for processors of the kind {machine}")
    refuse = _instruction(_RETURN, 0, 0, _REFUSE | _NOT_PERMITTED)
    parts = [
        _instruction(_LOAD, 0, 0, _ARCHITECTURE_AT),
        _instruction(_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        _instruction(_RETURN, 0, 0, _KILL),
        _instruction(_LOAD, 0, 0, _NUMBER_AT),
        _instruction(_AT_LEAST, 0, 1, _X32) + refuse if machine == "x86_64" else b"",
    ]
    names = {name: number for name, number in _REFUSED[machine].items() if name not in _ALLOWED_ANYWAY}
    for number in sorted({*names.values(), *_SINCE_424.values()}):
        parts += [_instruction(_EQUAL, 0, 1, number), refuse]
    # Its flags lie in memory, where a filter cannot look; the C library falls back to clone.
    parts += [_instruction(_EQUAL, 0, 1, _CLONE3), _instruction(_RETURN, 0, 0, _REFUSE | _NOT_THERE)]
    for name, number in _EXAMINED[machine].items():
        test = (_EQUAL, _VSOCK) if name == _SOCKET else (_ANY_BIT, _NEW_NAMESPACES)
        parts += [
            _instruction(_EQUAL, 0, 4, number),
            _instruction(_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
            _instruction(test[0], 0, 1, test[1]),
            refuse,
            _instruction(_RETURN, 0, 0, _ALLOW),
        ]
    return b"".join([*parts, _instruction(_RETURN, 0, 0, _ALLOW)])
