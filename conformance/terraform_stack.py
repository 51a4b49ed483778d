"""A stack of Terraform with the vendor's own provider: a copy of an example, pointed at one cloud."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from conformance import terraform_leftovers
from conformance.cloud import Cloud
from conformance.terraform_tools import Tools

EXAMPLES = Path(__file__).parent.parent / "examples"
SECONDS_A_COMMAND = 900
NAME = "yunbox-example"


class StepError(Exception):
    """A step of the example did not do what it promises."""


class Stack:
    """A copy of an example in a folder of its own. `variables` are for its `TF_VAR_...`."""

    def __init__(
        self, example: str, tools: Tools, cloud: Cloud, folder: Path, variables: dict[str, str] | None = None
    ) -> None:
        self.tools = tools
        self.cloud = cloud
        self.folder = folder / example
        self.folder.mkdir(parents=True)
        for file in (EXAMPLES / example).glob("*.tf"):
            shutil.copy(file, self.folder)
        key, secret = cloud.keys
        given = {
            "endpoint": f"{cloud.state.at}:{cloud.state.https_port}",
            "name": NAME,
            "region": cloud.state.region,
            **(variables or {}),
        }
        self.environment = _inherited() | {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": key,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret,
            "SSL_CERT_FILE": str(cloud.data / "tls" / "ca.pem"),
            "TF_CLI_CONFIG_FILE": str(tools.install(folder)),
            "TF_INPUT": "0",
            **{f"TF_VAR_{name}": value for name, value in given.items()},
        }

    def run(self, serves: Callable[[], list[str]]) -> list[str]:
        """Return what went wrong, a sentence each; nothing when the example does all that it promises.

        Applies it, sees whether it serves, plans again, destroys it, and looks for what is left.
        """
        before = terraform_leftovers.inventory(self.cloud)
        wrong = []
        try:
            self.terraform("init", "-no-color")
            self.terraform("apply", "-no-color", "-auto-approve")
            wrong += serves()
            wrong += self.pending_changes()
        except StepError as error:
            wrong.append(str(error))
        try:
            self.terraform("destroy", "-no-color", "-auto-approve")
        except StepError as error:
            wrong.append(str(error))
        left = terraform_leftovers.inventory(self.cloud) - before
        return wrong + [f"left behind: {each}" for each in sorted(left)]

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

    def output(self, name: str) -> str:
        """Return an output, as JSON."""
        return self.terraform("output", "-json", name).stdout

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


def asked(url: str, page: str, until: float) -> str:
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
