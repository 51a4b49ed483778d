"""The example `terraform-network-and-servers` with the vendor's own provider: applied, planned again, destroyed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

from conformance import terraform_leftovers
from conformance.cloud import Cloud
from conformance.terraform_tools import Tools

EXAMPLE = Path(__file__).parent.parent / "examples" / "terraform-network-and-servers"
SECONDS_A_COMMAND = 900
SECONDS_TO_SERVE = 60
NAME = "yunbox-example"


class StepError(Exception):
    """A step of the example did not do what it promises."""


def run(tools: Tools, cloud: Cloud, folder: Path) -> list[str]:
    """Return what went wrong, a sentence each; nothing when the example does all that it promises.

    Applies it, asks the servers by HTTP, plans again, destroys it, and looks for what is left.
    """
    stack = Stack(tools, cloud, folder)
    before = terraform_leftovers.inventory(cloud)
    wrong = []
    try:
        stack.terraform("init", "-no-color")
        stack.terraform("apply", "-no-color", "-auto-approve")
        wrong += stack.silent_servers()
        wrong += stack.pending_changes()
    except StepError as error:
        wrong.append(str(error))
    try:
        stack.terraform("destroy", "-no-color", "-auto-approve")
    except StepError as error:
        wrong.append(str(error))
    left = terraform_leftovers.inventory(cloud) - before
    return wrong + [f"left behind: {each}" for each in sorted(left)]


class Stack:
    """A copy of the example in a folder of its own, pointed at one cloud."""

    def __init__(self, tools: Tools, cloud: Cloud, folder: Path) -> None:
        self.tools = tools
        self.folder = folder / "stack"
        self.folder.mkdir(parents=True)
        for file in EXAMPLE.glob("*.tf"):
            shutil.copy(file, self.folder)
        key, secret = cloud.keys
        self.environment = _inherited() | {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": key,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
            "SSL_CERT_FILE": str(cloud.data / "tls" / "ca.pem"),
            "TF_CLI_CONFIG_FILE": str(tools.install(folder)),
            "TF_INPUT": "0",
            "TF_VAR_endpoint": f"{cloud.state.at}:{cloud.state.https_port}",
            "TF_VAR_name": NAME,
            "TF_VAR_region": cloud.state.region,
        }

    def terraform(self, *command: str, accept: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        """Run a command of terraform. Raises StepError, with the end of what it said."""
        try:
            done = subprocess.run(
                [str(self.tools.terraform), *command],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS_A_COMMAND,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StepError(f"terraform {command[0]} did not end in {SECONDS_A_COMMAND} s") from None
        if done.returncode not in accept:
            said = (done.stdout + done.stderr)[-4000:]
            raise StepError(f"terraform {command[0]} ended with {done.returncode}:\n{said}")
        return done

    def silent_servers(self) -> list[str]:
        """Return which servers do not answer HTTP with their own page within a minute."""
        urls: dict[str, str] = json.loads(self.terraform("output", "-json", "urls").stdout)
        if len(urls) < 2:
            return [f"the output names {len(urls)} servers instead of two"]
        until = time.monotonic() + SECONDS_TO_SERVE
        return [
            f"{url} does not answer: {error}"
            for key, url in urls.items()
            if (error := _asked(url, f"{NAME}-{key} serves\n", until))
        ]

    def pending_changes(self) -> list[str]:
        """Return what a second plan would change."""
        planned = self.terraform("plan", "-no-color", "-detailed-exitcode", accept=(0, 2))
        return [f"a second plan shows a change:\n{planned.stdout[-4000:]}"] if planned.returncode else []


def _inherited() -> dict[str, str]:
    """Return this process's environment without what would point terraform or the provider elsewhere."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TF_", "ALI")) and not name.upper().endswith(("_PROXY", "_ENDPOINT"))
    }


def _asked(url: str, page: str, until: float) -> str:
    """Ask until the page is served; return why it is not, or nothing."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            with direct.open(url, timeout=5) as answer:
                text = answer.read(1000).decode(errors="replace")
        except OSError as error:
            why = str(error)
        else:
            if text == page:
                return ""
            why = f"it says {text[:100]!r}"
        if time.monotonic() >= until:
            return why
        time.sleep(0.5)
