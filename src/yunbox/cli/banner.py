"""What `yunbox up` says once it is up."""

from __future__ import annotations

import shlex
from pathlib import Path

from yunbox.cli.places import default_data
from yunbox.config import RunState
from yunbox.control.regions import REGIONS
from yunbox.gateway.tls import CA_FILE
from yunbox.identity.root_key import RootKey


def banner(data: Path, state: RunState, key: RootKey, *, given: bool) -> str:
    """Return the endpoints, the keys and how to use them.

    The secret is left out when it was `given` in the environment: whoever gave it knows it, and CI systems keep
    what is printed.
    """
    rows = (
        ("HTTP", state.http),
        ("HTTPS", state.https),
        ("Region", f"{state.region}, {REGIONS[state.region]}"),
        ("Access key id", key.access_key_id),
        ("Secret", "the one in ALIBABA_CLOUD_ACCESS_KEY_SECRET" if given else key.secret),
        ("Data", str(data)),
        ("CA certificate", str(data / "tls" / CA_FILE)),
    )
    option = "" if data == default_data().absolute() else f" --data {shlex.quote(str(data))}"
    hints = (
        (f'eval "$(yunbox env{option})"', "SDKs, CLIs, boto3"),
        (f'eval "$(yunbox env --proxy{option})"', "code that names http://*.aliyuncs.com"),
        (f"yunbox env --format terraform{option}", "Terraform"),
    )
    width = max(len(command) for command, _ in hints)
    lines = [f"yunbox {state.version} is up.", ""]
    lines += [f"  {name:<16}{value}" for name, value in rows]
    lines += ["", "Point clients at it, in another terminal:"]
    lines += [f"  {command:<{width}}  # {what}" for command, what in hints]
    lines += ["", "Ctrl-C stops it; what was stored stays."]
    return "\n".join(lines)
