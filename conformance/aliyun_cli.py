"""The vendor's command line, `aliyun`, from making a network to a server that is gone."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from conformance.cloud import Cloud

REGION = "cn-hangzhou"
IMAGE = "ubuntu_22_04_x64_20G_alibase_20240807.vhd"
SECONDS_A_COMMAND = 60
SECONDS_TO_RUN = 60


class CommandError(Exception):
    """A command did not do what it promises."""


def find(given: Path | None) -> Path | None:
    """Return the program that was named, or the one on the PATH, or None."""
    if given is not None:
        return given
    found = shutil.which("aliyun")
    return Path(found) if found else None


def run(program: Path, cloud: Cloud, folder: Path) -> list[str]:
    """Return what went wrong, a sentence each; nothing when every command does what it promises."""
    try:
        _Session(program, cloud, folder).go()
    except CommandError as error:
        return [str(error)]
    return []


class _Session:
    def __init__(self, program: Path, cloud: Cloud, folder: Path) -> None:
        self.program = program
        self.at = urlsplit(cloud.endpoint).netloc
        self.environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        folder.mkdir(parents=True)
        key, secret = cloud.keys
        self.environment |= {
            "HOME": str(folder),
            "ALIBABA_CLOUD_ACCESS_KEY_ID": key,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
            "ALIBABA_CLOUD_REGION_ID": REGION,
        }

    def ask(self, product: str, action: str, **parameters: str) -> Any:
        """Return what the command answers. Raises CommandError with what it printed."""
        status, text = self.call(product, action, **parameters)
        if status:
            raise CommandError(f"aliyun {product} {action}: {text[-600:]}")
        return json.loads(text)

    def call(self, product: str, action: str, **parameters: str) -> tuple[int, str]:
        """Return the exit status of a command and what it printed."""
        options = [part for name, value in parameters.items() for part in (f"--{name}", value)]
        if product in ("ecs", "vpc"):
            options += ["--RegionId", REGION]
        done = subprocess.run(
            [
                self.program,
                product,
                action,
                *options,
                "--endpoint",
                self.at,
                "--insecure",
                "--region",
                REGION,
            ],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS_A_COMMAND,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr if done.returncode else done.stdout

    def go(self) -> None:
        """Run every command. Raises CommandError."""
        account = self.ask("sts", "GetCallerIdentity")["AccountId"]
        _require(account.isdigit(), f"GetCallerIdentity says {account}")
        self.ask("ram", "CreateUser", UserName="from-the-cli", DisplayName="命令行")
        users = self.ask("ram", "ListUsers")["Users"]["User"]
        _require([each["DisplayName"] for each in users] == ["命令行"], f"ListUsers says {users}")
        self.ask("ram", "DeleteUser", UserName="from-the-cli")
        vpc = self.ask("vpc", "CreateVpc", CidrBlock="10.44.0.0/16", VpcName="from-the-cli")["VpcId"]
        vswitch = self.ask("vpc", "CreateVSwitch", VpcId=vpc, ZoneId=f"{REGION}-h", CidrBlock="10.44.1.0/24")[
            "VSwitchId"
        ]
        group = self.ask("ecs", "CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
        self.server(vswitch, group)
        self.ask("ecs", "DeleteSecurityGroup", SecurityGroupId=group)
        self.ask("vpc", "DeleteVSwitch", VSwitchId=vswitch)
        self.ask("vpc", "DeleteVpc", VpcId=vpc)
        status, text = self.call("ecs", "StartInstance", InstanceId="i-nowhere")
        _require(status != 0 and "InvalidInstanceId.NotFound" in text, f"StartInstance says {text[-300:]}")

    def server(self, vswitch: str, group: str) -> None:
        script = base64.b64encode(b"#!/bin/sh\necho hello from the command line\n").decode()
        launched = self.ask(
            "ecs",
            "RunInstances",
            ImageId=IMAGE,
            InstanceType="ecs.t6-c1m1.large",
            VSwitchId=vswitch,
            SecurityGroupId=group,
            UserData=script,
            **{"Tag.1.Key": "from", "Tag.1.Value": "cli"},
        )
        (id_,) = launched["InstanceIdSets"]["InstanceIdSet"]
        self.until(lambda: self.status(id_) == "Running", "the server runs")
        self.until(lambda: "hello from the command line" in self.console(id_), "its user data is done")
        self.ask("ecs", "StopInstance", InstanceId=id_, ForceStop="true")
        self.until(lambda: self.status(id_) == "Stopped", "the server is stopped")
        self.ask("ecs", "DeleteInstance", InstanceId=id_, Force="true")
        self.until(lambda: self.status(id_) == "", "the server is gone")

    def status(self, id_: str) -> str:
        filters = {"InstanceIds": json.dumps([id_]), "Tag.1.Key": "from", "Tag.1.Value": "cli"}
        found = self.ask("ecs", "DescribeInstances", **filters)["Instances"]["Instance"]
        return str(found[0]["Status"]) if found else ""

    def console(self, id_: str) -> str:
        output = self.ask("ecs", "GetInstanceConsoleOutput", InstanceId=id_)["ConsoleOutput"]
        return base64.b64decode(output).decode(errors="replace")

    def until(self, what: Callable[[], bool], promise: str) -> None:
        end = time.monotonic() + SECONDS_TO_RUN
        while not what():
            _require(time.monotonic() < end, f"not within {SECONDS_TO_RUN} s: {promise}")
            time.sleep(0.2)


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise CommandError(otherwise)
