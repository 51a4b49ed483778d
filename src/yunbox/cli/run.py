"""`yunbox run`: run a program with its traffic to `*.aliyuncs.com` sent to the cloud, and nothing else changed.

The front door is the program's proxy, and the local authority is among those that it trusts. The program takes
this process's place: signals, terminal and exit status are its own.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from yunbox.cli.main import CommandError
from yunbox.cli.places import add_data, running, running_key
from yunbox.cli.trust import bundle, certificates_in, system_roots, truststore
from yunbox.config import RunState
from yunbox.gateway.tls import CA_FILE, VENDOR_DOMAIN
from yunbox.identity.root_key import RootKey, RootKeyError

PRELOAD = Path(__file__).parent / "preload"

DIRECT = ("localhost", "127.0.0.1", "::1", "169.254.169.254", "100.100.100.200")
"""Reached without the proxy: this machine, and what tells virtual machines of themselves."""

BUNDLES = {
    "SSL_CERT_FILE": "",
    "REQUESTS_CA_BUNDLE": "CURL_CA_BUNDLE",
    "CURL_CA_BUNDLE": "SSL_CERT_FILE",
    "AWS_CA_BUNDLE": "REQUESTS_CA_BUNDLE",
    "GIT_SSL_CAINFO": "",
}
"""Variables that name all that a program trusts, and the one that it looks at where there is none."""

BUNDLES_IF_SET = (
    "NIX_SSL_CERT_FILE",
    "PIP_CERT",
    "HTTPLIB2_CA_CERTS",
    "CARGO_HTTP_CAINFO",
    "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)
    parser.usage = "yunbox run [-h] [--data DIR] [--] COMMAND ..."
    parser.add_argument("program", metavar="COMMAND", help="the program to run, with its arguments")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Become the program. Returns only when that fails: 127 when there is none, 126 when it cannot be run."""
    data: Path = arguments.data
    state = running(data)
    if state is None:
        raise CommandError(f"no cloud is up on {data}. Start one with `yunbox up`, or give its --data.")
    try:
        found = environment(os.environ, state, running_key(data), data / "tls")
    except RootKeyError as error:
        raise CommandError(str(error)) from None
    except OSError as error:
        raise CommandError(f"cannot use {data / 'tls'}: {error.strerror or error}.") from None
    sys.stdout.flush()
    for name in ("SIGPIPE", "SIGXFSZ"):
        # Python ignores these, and what is ignored stays so in the program that follows.
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    try:
        os.execvpe(arguments.program, [arguments.program, *arguments.arguments], found)  # noqa: S606
    except OSError as error:
        print(f"yunbox run: {arguments.program}: {error.strerror}", file=sys.stderr)
        return 127 if isinstance(error, FileNotFoundError | NotADirectoryError) else 126


def environment(before: Mapping[str, str], state: RunState, key: RootKey, tls: Path) -> dict[str, str]:
    """Return the program's environment. Raises OSError when a bundle cannot be kept in `tls`."""
    authority = certificates_in(tls / CA_FILE)
    if not authority:
        raise FileNotFoundError(2, f"there is no certificate in {CA_FILE}")
    roots = system_roots(before)
    return {
        **before,
        **_keys(before, key),
        **_proxy(before, state),
        **_bundles(before, roots, authority, tls / "trust"),
        **_java(before, state, truststore(tls / "trust", [*roots, *authority])),
        **_preloads(before, state),
        "YUNBOX_CA": str(tls / CA_FILE),
    }


def _keys(before: Mapping[str, str], key: RootKey) -> dict[str, str]:
    """Return the keys of the cloud, where the environment has none of its own; a token belongs to its key."""
    found: dict[str, str] = {}
    for prefix, token in (("ALIBABA_CLOUD", "ALIBABA_CLOUD_SECURITY_TOKEN"), ("OSS", "OSS_SESSION_TOKEN")):
        names = f"{prefix}_ACCESS_KEY_ID", f"{prefix}_ACCESS_KEY_SECRET"
        if not any(before.get(name) for name in names):
            found |= {names[0]: key.access_key_id, names[1]: key.secret}
            if before.get(token):
                found[token] = ""
    return found


def _proxy(before: Mapping[str, str], state: RunState) -> dict[str, str]:
    """Return the proxy's variables, both spellings of each: programs disagree on which one counts."""
    listed = ",".join(before.get(name, "") for name in ("NO_PROXY", "no_proxy")).split(",")
    kept = [each for each in map(str.strip, listed) if each and not _has_vendors(each)]
    direct = ",".join(dict.fromkeys((*DIRECT, *kept)))
    names = {"HTTP_PROXY": state.http, "HTTPS_PROXY": state.http, "NO_PROXY": direct}
    return names | {name.lower(): value for name, value in names.items()}


def _has_vendors(direct: str) -> bool:
    """Whether an entry of NO_PROXY would let hosts of the vendor's past the proxy."""
    name = direct.lower().lstrip("*").strip(".").partition(":")[0]
    return not name or f".{VENDOR_DOMAIN}".endswith(f".{name}") or f".{name}".endswith(f".{VENDOR_DOMAIN}")


def _bundles(
    before: Mapping[str, str], roots: list[bytes], authority: list[bytes], folder: Path
) -> dict[str, str]:
    """Return what names a file of trusted certificates: what the variable named before, and the authority."""
    found = {}
    for name in (*BUNDLES, *BUNDLES_IF_SET):
        given = before.get(name) or before.get(BUNDLES.get(name, ""))
        if given or name in BUNDLES:
            own = certificates_in(Path(given)) if given else roots
            found[name] = str(bundle(folder, [*own, *authority]))
    # What this one names comes on top of Node's own.
    extra = before.get("NODE_EXTRA_CA_CERTS")
    found["NODE_EXTRA_CA_CERTS"] = str(
        bundle(folder, [*(certificates_in(Path(extra)) if extra else ()), *authority])
    )
    found["YUNBOX_TRUST"] = found["REQUESTS_CA_BUNDLE"]
    return found


def _java(before: Mapping[str, str], state: RunState, trusted: Path) -> dict[str, str]:
    """Return what every Java machine reads; it says so on standard error."""
    host = state.at.strip("[]")
    direct = "|".join(("localhost", "127.*", "[::1]", *DIRECT[3:]))
    options = [
        *(f"-D{scheme}.proxyHost={host} -D{scheme}.proxyPort={state.port}" for scheme in ("http", "https")),
        f"-Dhttp.nonProxyHosts={direct}",
        f'-Djavax.net.ssl.trustStore="{trusted}"',
        "-Djavax.net.ssl.trustStoreType=JKS",
    ]
    return {"JAVA_TOOL_OPTIONS": " ".join((before.get("JAVA_TOOL_OPTIONS", ""), *options)).strip()}


def _preloads(before: Mapping[str, str], state: RunState) -> dict[str, str]:
    """Return what loads our few lines into Node, which reads no proxy variables, and into Python, for certifi."""
    node = f'--require "{PRELOAD / "node.cjs"}"'
    python = [str(PRELOAD / "python"), before.get("PYTHONPATH", "")]
    return {
        "NODE_OPTIONS": f"{before.get('NODE_OPTIONS', '')} {node}".strip(),
        "PYTHONPATH": os.pathsep.join(filter(None, python)),
        "YUNBOX_HTTP": state.http,
        "YUNBOX_HTTPS": state.https,
    }
