"""`yunbox env`: what points clients at the running cloud, for a shell, a program or Terraform."""

from __future__ import annotations

import argparse
import json
import shlex
from pathlib import Path

from yunbox.cli.main import CommandError
from yunbox.cli.places import add_data, running, running_key
from yunbox.config import RunState
from yunbox.gateway.tls import CA_FILE
from yunbox.identity.root_key import RootKey, RootKeyError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_data(parser)
    parser.add_argument(
        "--format",
        choices=("shell", "json", "terraform"),
        default="shell",
        help='shell: exports for eval "$(yunbox env)"; terraform: a provider block (%(default)s)',
    )
    parser.add_argument(
        "--https", action="store_true", help="name the HTTPS endpoint instead of the plain one"
    )
    parser.add_argument(
        "--proxy",
        action="store_true",
        help="set HTTP_PROXY too, so that plain requests to *.aliyuncs.com come here",
    )
    parser.add_argument(
        "--trust",
        action="store_true",
        help="set SSL_CERT_FILE, REQUESTS_CA_BUNDLE, AWS_CA_BUNDLE and NODE_EXTRA_CA_CERTS to the local authority; "
        "the first three make a client trust nothing else",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print it. Refused when the cloud is not up: ports and keys would be guesses."""
    data: Path = arguments.data
    state = running(data)
    if state is None:
        raise CommandError(f"no cloud is up on {data}. Start one with `yunbox up`, or give its --data.")
    try:
        key = running_key(data)
    except RootKeyError as error:
        raise CommandError(str(error)) from None
    authority = str(data / "tls" / CA_FILE)
    if arguments.format == "terraform":
        print(terraform(state, authority))
        return 0
    found = variables(state, key, authority, https=arguments.https)
    if arguments.proxy:
        found |= proxy(state)
    if arguments.trust:
        trusting = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        found |= dict.fromkeys(trusting, authority)
    if arguments.format == "json":
        print(json.dumps(found, indent=2))
    else:
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in found.items()))
    return 0


def variables(state: RunState, key: RootKey, authority: str, *, https: bool) -> dict[str, str]:
    """Return the variables that the official clients read, boto3 and the AWS CLI among them."""
    endpoint = state.https if https else state.http
    return {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key.secret,
        "ALIBABA_CLOUD_REGION_ID": state.region,
        "OSS_ACCESS_KEY_ID": key.access_key_id,
        "OSS_ACCESS_KEY_SECRET": key.secret,
        "OSS_ENDPOINT": endpoint,
        "OSS_REGION": state.region,
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_REGION": state.region,
        "AWS_DEFAULT_REGION": state.region,
        "AWS_ENDPOINT_URL_S3": endpoint,
        "YUNBOX_CA": authority,
    }


def proxy(state: RunState) -> dict[str, str]:
    """Return what sends plain requests through the cloud, those to this machine itself left out.

    Both spellings: curl and Go disagree with others on which one counts.
    """
    direct = "localhost,127.0.0.1,::1"
    return {"HTTP_PROXY": state.http, "http_proxy": state.http, "NO_PROXY": direct, "no_proxy": direct}


def terraform(state: RunState, authority: str) -> str:
    """Return a provider block of `aliyun/alicloud`. The keys stay in the environment.

    By HTTPS throughout, because parts of the provider use nothing else.
    """
    endpoint = f"{state.at}:{state.https_port}"
    return f"""\
# Keys: eval "$(yunbox env)". Certificate: export SSL_CERT_FILE={shlex.quote(authority)}
provider "alicloud" {{
  region                 = "{state.region}"
  account_id             = "{state.account}"
  account_type           = "Domestic"
  protocol               = "HTTPS"
  skip_region_validation = true

  endpoints {{
    alb             = "{endpoint}"
    cas             = "{endpoint}"
    cms             = "{endpoint}"
    ecs             = "{endpoint}"
    ess             = "{endpoint}"
    location        = "{endpoint}"
    oss             = "{endpoint}"
    ram             = "{endpoint}"
    resourcemanager = "{endpoint}"
    slb             = "{endpoint}"
    sts             = "{endpoint}"
    vpc             = "{endpoint}"
  }}
}}"""
