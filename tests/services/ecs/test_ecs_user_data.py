"""User data becomes a script that does what it says, once."""

from __future__ import annotations

import base64
import gzip
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunbox.services.ecs.user_data.boot import Boot, compile_boot


def boot_of(data: bytes | str, **options: str) -> Boot:
    text = data.encode() if isinstance(data, str) else data
    return compile_boot(text, instance_id="i-test", hostname="host", **options)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder that stands for the root of an instance."""
    (tmp_path / "root").mkdir()
    return tmp_path


def run(boot: Boot, root: Path) -> str:
    """Run a boot with every absolute path of ours moved below a folder, and return what it printed."""

    def moved(text: str) -> str:
        for folder in ("/var/lib/cloud", "/root", "/srv", "/etc/hostname"):
            text = text.replace(folder, f"{root}{folder}")
        return text

    for file in boot.files:
        path = Path(f"{root}{file.path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(moved(file.data.decode()).encode())
        path.chmod(file.mode)
    done = subprocess.run(
        ["/bin/sh"], input=moved(boot.script), capture_output=True, text=True, timeout=20, check=False
    )
    return done.stdout + done.stderr


def test_a_script_runs_at_the_first_boot_only(root: Path) -> None:
    boot = boot_of("#!/bin/sh\necho hello >> /srv/said\n")
    (root / "srv").mkdir()
    assert "user data part 1 ended with status 0" in run(boot, root)
    assert "part 1" not in run(boot, root)
    assert (root / "srv/said").read_text() == "hello\n"


def test_what_is_for_every_boot_runs_at_every_boot(root: Path) -> None:
    boot = boot_of("#cloud-config\nbootcmd:\n  - echo booting\n")
    assert run(boot, root).count("booting") == 1
    assert run(boot, root).count("booting") == 1


def test_files_and_commands_of_a_cloud_config(root: Path) -> None:
    packed = base64.b64encode(gzip.compress(b"packed")).decode()
    config = f"""#cloud-config
write_files:
  - path: /srv/deep/plain.txt
    content: |
      it's "quoted" $HOME `id`
    permissions: '0600'
    owner: "{os.getuid()}:{os.getgid()}"
  - path: /srv/packed
    encoding: gz+b64
    content: {packed}
    owner: "{os.getuid()}"
  - path: /srv/packed
    append: true
    content: " more"
    owner: "{os.getuid()}"
runcmd:
  - cd /srv
  - [sh, -c, "echo $0 'a b' > list", name]
  - cat deep/plain.txt > copied
"""
    boot = boot_of(config)
    assert not boot.problems
    run(boot, root)
    plain = root / "srv/deep/plain.txt"
    assert plain.read_text() == 'it\'s "quoted" $HOME `id`\n'
    assert plain.stat().st_mode & 0o777 == 0o600
    assert (root / "srv/packed").read_text() == "packed more"
    assert (root / "srv/list").read_text() == "name a b\n"
    assert (root / "srv/copied").read_text() == plain.read_text()


def test_several_parts_in_a_message(root: Path) -> None:
    (root / "srv").mkdir()
    message = """Content-Type: multipart/mixed; boundary="=="
MIME-Version: 1.0

--==
Content-Type: text/x-shellscript

#!/bin/sh
echo one > /srv/one
--==
Content-Type: text/cloud-config

#cloud-config
runcmd: ["echo two > /srv/two"]
--==--
"""
    run(boot_of(gzip.compress(message.encode())), root)
    assert (root / "srv/one").exists()
    assert (root / "srv/two").exists()


def test_a_key_is_authorised_once(root: Path) -> None:
    boot = boot_of("", key="ssh-rsa AAAA it's me")
    run(boot, root)
    (root / "var/lib/cloud/instances/i-test/sem").unlink()
    run(boot, root)
    keys = root / "root/.ssh/authorized_keys"
    assert keys.read_text() == "ssh-rsa AAAA it's me\n"
    assert keys.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ("hello", "neither a script"),
        ("#cloud-config\n- a\n", "not a mapping"),
        ("#cloud-config\na: [", "not valid YAML"),
        ("#cloud-config\nmounts: []\n", "mounts"),
        ("#cloud-config\nruncmd: echo\n", "runcmd"),
        ("#cloud-config\nwrite_files: [{path: relative}]\n", "write_files"),
        ("#cloud-config\nwrite_files: [{path: /a, permissions: '; id'}]\n", "write_files"),
        ("#cloud-config\nusers: [{name: 'a b'}]\n", "users"),
        ("#cloud-config\ntimezone: ../../etc/passwd\n", "timezone"),
        (b"\x1f\x8bnothing", "gzip"),
        (gzip.compress(b"#" * 300_000), "more than"),
    ],
)
def test_what_cannot_be_honoured_is_told(data: bytes | str, named: str, root: Path) -> None:
    boot = boot_of(data)
    assert any(named in each for each in boot.problems)
    assert "user data:" in run(boot, root)


def test_a_missing_package_is_told(root: Path) -> None:
    assert "no-such-package" in run(boot_of("#cloud-config\npackages: [no-such-package]\n"), root)


@given(st.binary(max_size=200))
def test_whatever_is_written_compiles(data: bytes) -> None:
    boot_of(data)
    boot_of(b"#cloud-config\n" + data)


def test_a_changed_key_takes_the_place_of_the_one_before_and_of_no_other(root: Path) -> None:
    keys = root / "root/.ssh/authorized_keys"
    run(boot_of("", key="ssh-rsa AAAA first"), root)
    with keys.open("a") as file:
        file.write("ssh-rsa CCCC own\n")
    run(boot_of("", key="ssh-rsa BBBB second"), root)
    assert keys.read_text() == "ssh-rsa CCCC own\nssh-rsa BBBB second\n"
    run(boot_of(""), root)
    assert keys.read_text() == "ssh-rsa CCCC own\n"
