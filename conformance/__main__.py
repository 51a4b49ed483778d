"""`python -m conformance`: run the upstream suites and compare with the committed lists.

Exits with 1 when a test that is listed as passing did not pass, when fewer than 65 % of the live tests pass, or when
the Terraform example or the session with the vendor's command line fails; they run where terraform with the vendor's
provider, and aliyun, are found.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from conformance import aliyun_cli, lists, oss2_suite, provider_tests, terraform, terraform_tools
from conformance.cloud import Cloud

HERE = Path(__file__).parent
LEAST_SHARE = 0.65


def main() -> int:
    """Run what was asked for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m conformance", description=__doc__)
    parser.add_argument(
        "--checkout", type=Path, help="a checkout of oss2's repository (default: from the index)"
    )
    parser.add_argument(
        "--auth", choices=("v1", "v4"), action="append", help="signature versions (default: both)"
    )
    parser.add_argument(
        "--write", action="store_true", help="rewrite passes.txt and not_yet.txt from this run"
    )
    parser.add_argument(
        "--only",
        choices=("oss2", "terraform", "aliyun", "provider"),
        help="leave the others out (they are, when tests are named)",
    )
    parser.add_argument(
        "--terraform-provider",
        type=Path,
        metavar="PATH",
        help=f"the provider aliyun/alicloud, or a folder with it; or set {terraform_tools.VARIABLE} "
        "(default: searched on the PATH and where terraform looks)",
    )
    parser.add_argument(
        "--aliyun-cli", type=Path, metavar="FILE", help="the program aliyun (default: searched on the PATH)"
    )
    parser.add_argument(
        "--provider-tests",
        type=Path,
        metavar="FILE",
        help="the Terraform provider's acceptance tests, compiled: `go test -c ./alicloud` in a checkout of it",
    )
    parser.add_argument(
        "--provider-checkout", type=Path, metavar="DIR", help="the checkout they were compiled in"
    )
    parser.add_argument(
        "select",
        nargs="*",
        help="files or ids of oss2's tests, names of the provider's, or examples, to run only those",
    )
    options = parser.parse_args()
    status = 0
    with tempfile.TemporaryDirectory(prefix="yunbox-conformance-") as name:
        wanted = (
            {options.only}
            if options.only
            else {"oss2"}
            if options.select
            else {"oss2", "terraform", "aliyun"}
        )
        if "oss2" in wanted:
            status |= _oss2(options, Path(name))
        if "terraform" in wanted:
            status |= _terraform(options, Path(name) / "terraform")
        if "aliyun" in wanted:
            status |= _aliyun(options, Path(name) / "aliyun")
        if options.provider_tests and (options.only == "provider" or not options.only):
            status |= _provider(options, Path(name) / "provider")
    return status


def _terraform(options: argparse.Namespace, folder: Path) -> int:
    tools = terraform_tools.find(options.terraform_provider)
    if isinstance(tools, str):
        print(f"terraform: not run, {tools}")
        return 1 if options.only else 0
    status = 0
    for name, (holds, given) in terraform.EXAMPLES.items():
        if options.select and name not in options.select:
            continue
        start = time.monotonic()
        with Cloud(folder / name / "cloud", *given) as cloud:
            wrong = holds(tools, cloud, folder / name)
        seconds = time.monotonic() - start
        what = "fails" if wrong else "applies, serves, stays, goes"
        print(f"{tools.title}: {name} {what} ({seconds:.0f} s)")
        for each in wrong:
            print(f"  {each}")
        status |= bool(wrong)
    return status


def _aliyun(options: argparse.Namespace, folder: Path) -> int:
    program = aliyun_cli.find(options.aliyun_cli)
    if program is None:
        print("aliyun: not run, the program is not on the PATH (--aliyun-cli)")
        return 1 if options.only else 0
    with Cloud(folder / "cloud") as cloud:
        wrong = aliyun_cli.run(program, cloud, folder / "home")
    print("aliyun: a network and a server come and go" if not wrong else f"aliyun: fails\n  {wrong[0]}")
    return 1 if wrong else 0


def _provider(options: argparse.Namespace, folder: Path) -> int:
    if options.provider_checkout is None:
        print("provider: not run, --provider-checkout is missing")
        return 1
    known = lists.read(HERE / "terraform_provider")
    names = options.select or sorted(known.passes | known.not_yet.keys())
    with Cloud(folder / "cloud") as cloud:
        found = provider_tests.run(options.provider_tests, options.provider_checkout, names, cloud)
    mine = lists.Lists(known.passes & found.keys(), known.not_yet, known.excluded)
    result = lists.compare(mine, {name: outcome for name, (outcome, _) in found.items()})
    print(
        f"aliyun/alicloud's own acceptance tests: {result.passed} of {result.live} pass ({result.share:.1%})"
    )
    _tell(result, found)
    if options.write:
        _rewrite(HERE / "terraform_provider", known, found)
    return 1 if result.lost else 0


def _tell(result: lists.Comparison, found: dict[str, tuple[str, str]]) -> None:
    for title, names in (
        ("no longer pass", result.lost),
        ("pass now", result.gained),
        ("not listed", result.unknown),
    ):
        if names:
            print(f"  {len(names)} {title}:")
            for name in names:
                print(f"    {name}  {found.get(name, ('did not run', ''))[1]}")


def _oss2(options: argparse.Namespace, folder: Path) -> int:
    checkout = options.checkout.absolute() if options.checkout else oss2_suite.fetch(folder)
    known = lists.read(HERE / "oss2")
    outcomes: dict[str, tuple[str, str]] = {}
    status = 0
    for auth in options.auth or ("v1", "v4"):
        with Cloud(folder / f"cloud-{auth}") as cloud:
            found = oss2_suite.run(checkout, cloud, auth, folder / f"results-{auth}", options.select)
        outcomes |= found
        status |= _report(auth, known, found, whole=not options.select)
    if options.write:
        _rewrite(HERE / "oss2", known, outcomes)
    return status


def _report(auth: str, known: lists.Lists, found: dict[str, tuple[str, str]], *, whole: bool) -> int:
    absent = {name for name, (outcome, _) in found.items() if outcome == "absent"}
    ran = {name: outcome for name, (outcome, _) in found.items() if name not in absent}
    mine = lists.Lists(
        passes={
            name
            for name in known.passes
            if name.startswith(f"{auth} ") and name not in absent and (whole or name in ran)
        },
        not_yet=known.not_yet,
        excluded=known.excluded,
    )
    result = lists.compare(mine, ran)
    counts = f"{result.passed} of {result.live} live tests pass ({result.share:.1%})"
    print(f"oss2 {oss2_suite.VERSION}, signature {auth}: {counts}")
    if absent:
        print(f"  {len(absent)} need data files that only a checkout of the repository has (--checkout)")
    _tell(result, found)
    return 1 if result.lost or (whole and result.share < LEAST_SHARE) else 0


def _rewrite(folder: Path, known: lists.Lists, outcomes: dict[str, tuple[str, str]]) -> None:
    for name, (outcome, reason) in outcomes.items():
        if name in known.excluded or outcome == "absent":
            continue
        if outcome == "passed":
            known.passes.add(name)
            known.not_yet.pop(name, None)
        else:
            known.passes.discard(name)
            known.not_yet[name] = reason
    lists.write(folder, known)


if __name__ == "__main__":
    sys.exit(main())
