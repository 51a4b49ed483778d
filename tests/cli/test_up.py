from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from cli.commands import yunbox
from running import RunningCloud

GOOD = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tGivenByTheTest",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "u8fK2pQx71LzVbNw93RtYc",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def start(folder: Path, *options: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("ALIBABA_CLOUD_")}
    return subprocess.Popen(
        [sys.executable, "-m", "yunbox", "up", "--data", str(folder), "--port=0", "--https-port=0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=inherited | (environment or {}),
        start_new_session=True,
    )


def banner_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            return "".join(lines)
    raise AssertionError(process.communicate()[1])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_banner_then_a_clean_end(folder: Path, number: signal.Signals) -> None:
    process = start(folder)
    try:
        banner = banner_of(process)
        group = process.pid
        process.send_signal(number)
        assert process.wait(20) == 0
    finally:
        process.kill()
    assert process.communicate()[1] == ""
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)
    running = RunningCloud(folder)
    for shown in (
        *running.keys,
        "http://127.0.0.1:",
        "https://127.0.0.1:",
        str(folder),
        "cn-hangzhou",
        "ca.pem",
    ):
        assert shown in banner


def test_a_given_secret_is_not_printed(folder: Path) -> None:
    process = start(folder, environment=GOOD)
    try:
        banner = banner_of(process)
        shown = yunbox("env", "--data", folder, "--format", "json").stdout
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert GOOD["ALIBABA_CLOUD_ACCESS_KEY_ID"] in banner
    assert GOOD["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] not in banner
    # The other commands know it all the same, and only this user can read where from.
    assert GOOD["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] in shown
    assert not (folder / "run" / "credentials.json").exists()


def test_the_data_directory_is_this_users_alone(own_cloud: RunningCloud) -> None:
    assert stat.S_IMODE(own_cloud.data.stat().st_mode) == 0o700
    for name in ("credentials.json", "run/credentials.json", "tls/authority.pem", "tls/server.pem"):
        assert stat.S_IMODE((own_cloud.data / name).stat().st_mode) == 0o600, name


def test_one_cloud_at_a_time(own_cloud: RunningCloud) -> None:
    second = yunbox("up", "--data", own_cloud.data, "--port=0", "--https-port=0")
    assert second.returncode == 1
    assert "another yunbox is running" in second.stderr
    assert own_cloud.oss2_bucket("still-there").create_bucket().status == 200


@pytest.mark.parametrize("option", ["--port", "--https-port"])
def test_a_port_that_is_taken(folder: Path, option: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = {"--port": "0", "--https-port": "0"} | {option: str(taken.getsockname()[1])}
        refused = yunbox("up", "--data", folder, *(f"{name}={port}" for name, port in ports.items()))
    assert refused.returncode == 1
    assert f"with {option} " in refused.stderr
    assert str(taken) not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_guessable_key_stays_on_this_machine(folder: Path) -> None:
    weak = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "test", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "test"}
    refused = yunbox(
        "up", "--data", folder, "--host", "0.0.0.0", "--port=0", "--https-port=0", environment=weak
    )
    assert refused.returncode == 1
    assert "easy to guess" in refused.stderr


def test_a_good_key_may_be_reached_from_elsewhere(folder: Path) -> None:
    cloud = RunningCloud(folder, "--host", "0.0.0.0", environment=GOOD)
    cloud.start()
    try:
        assert yunbox("status", "--data", folder).returncode == 0
    finally:
        assert cloud.stop() == 0


def test_a_folder_of_somebodys_own_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("work of years")
    refused = yunbox("up", "--data", tmp_path, "--port=0", "--https-port=0")
    assert refused.returncode == 1
    assert "did not put there" in refused.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_start_that_fails_is_a_failure(folder: Path) -> None:
    """Were it to go on without HTTPS, clients would find out one by one."""
    (folder / "tls" / "server.pem").mkdir(parents=True)
    (folder / "yunbox.data").touch()
    failed = yunbox("up", "--data", folder, "--port=0", "--https-port=0")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "could not be made" in failed.stderr
    assert yunbox("status", "--data", folder).returncode == 3


@pytest.mark.parametrize(
    "options", [["--workers=0"], ["--port=70000"], ["--host=a b"], ["--host=256.1.1.1"], ["--region=nowhere"]]
)
def test_what_cannot_be(folder: Path, options: list[str]) -> None:
    refused = yunbox("up", "--data", folder, "--port=0", "--https-port=0", *options)
    assert refused.returncode in (1, 2)
    assert refused.stderr.strip()
    assert "Traceback" not in refused.stderr


def test_no_process_of_it_keeps_the_heavy_library(own_cloud: RunningCloud) -> None:
    """`cryptography` is for making certificates only: it takes memory and time."""
    pid = own_cloud.state["pid"]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    assert len(children) == 3
    for each in (pid, *children):
        assert "cryptography" not in Path(f"/proc/{each}/maps").read_text()
