from __future__ import annotations

import socket
from pathlib import Path

from cli.commands import yunbox
from running import RunningCloud

from yunbox.cli.reset import mount_points


def test_reset_deletes_what_a_cloud_kept(own_cloud: RunningCloud) -> None:
    data = own_cloud.data
    own_cloud.oss2_bucket("to-be-deleted").create_bucket()
    refused = yunbox("reset", "--data", data, "--yes")
    assert (refused.returncode, "Stop it first" in refused.stderr) == (1, True)
    assert own_cloud.oss2_bucket("to-be-deleted").get_bucket_info().name == "to-be-deleted"
    own_cloud.stop()
    unasked = yunbox("reset", "--data", data)
    assert (unasked.returncode, "--yes" in unasked.stderr) == (1, True)
    assert (data / "objects" / "objects.db").exists()
    done = yunbox("reset", "--data", data, "--yes")
    assert done.returncode == 0, done.stderr
    assert not data.exists()
    assert yunbox("reset", "--data", data, "--yes").returncode == 0


def test_reset_touches_no_other_folder(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("work of years")
    refused = yunbox("reset", "--data", tmp_path, "--yes")
    assert (refused.returncode, "not a data directory" in refused.stderr) == (1, True)
    assert (tmp_path / "thesis.txt").read_text() == "work of years"


def test_reset_follows_no_link_out(own_cloud: RunningCloud, tmp_path: Path) -> None:
    own_cloud.stop()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept.txt").write_text("kept")
    (own_cloud.data / "link").symlink_to(elsewhere)
    assert yunbox("reset", "--data", own_cloud.data, "--yes").returncode == 0
    assert (elsewhere / "kept.txt").read_text() == "kept"


def test_mount_points_are_read_with_their_escapes() -> None:
    lines = (
        "36 35 98:0 /mnt1 /mnt/a\\040b rw,noatime master:1 - ext3 /dev/root rw\n"
        "46 27 0:4 net:[402] /data/compute/net rw - nsfs nsfs rw\n"
        "damaged\n"
    )
    assert mount_points(lines) == ["/mnt/a b", "/data/compute/net"]


def doctor(data: Path, *options: str) -> tuple[int, dict[str, str]]:
    """Run it; return the status and the worst state of each check."""
    done = yunbox("doctor", "--data", data, *options)
    assert done.stderr == ""
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        state, name = line[:5].strip(), line[6:18].strip()
        found[name] = max(found.get(name, "ok"), state, key=("ok", "warn", "fail").index)
    return done.returncode, found


def test_doctor_finds_a_fit_machine(own_cloud: RunningCloud) -> None:
    ports = [f"--port={own_cloud.state['port']}", f"--https-port={own_cloud.state['https_port']}"]
    status, found = doctor(own_cloud.data, *ports)
    assert status == 0
    assert {found[each] for each in ("python", "data", "ports", "certificate", "clock")} == {"ok"}


def test_doctor_finds_what_is_wrong(own_cloud: RunningCloud, tmp_path: Path) -> None:
    own_cloud.stop()
    own_cloud.data.chmod(0o755)
    (own_cloud.data / "tls" / "server.pem").write_text("spoilt")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, found = doctor(own_cloud.data, f"--port={taken.getsockname()[1]}", "--https-port=0")
    assert status == 1
    assert (found["data"], found["ports"], found["certificate"]) == ("warn", "fail", "fail")
    (tmp_path / "thesis.txt").write_text("work of years")
    status, found = doctor(tmp_path, "--port=0", "--https-port=0")
    assert (status, found["data"]) == (1, "fail")
