"""`make demo`: use a cloud with the official clients, kill it in the middle of work, and check what it promised.

Then the peak: a shop behind a balancer, scaled, through the night of 11.11 in two minutes. `--peak` leaves the first
part out. Everything happens in a temporary folder and on free ports; nothing is left but the report, in `--report`
(build/peak). The exit status is 0 only when everything held.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType

from demo import clients, rehearsal
from demo.cloud import DemoCloud
from demo.crash import Stream
from demo.peak import Shop
from demo.servers import Servers
from demo.show import Show

LARGE_BYTES = 100_000_000
REPORT = Path("build/peak")
REAL_FILE = Path(__file__).parent.parent / "LICENSE"


def main() -> int:
    """Show it; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--peak", action="store_true", help="the peak alone")
    parser.add_argument(
        "--kill",
        choices=rehearsal.FAULTS,
        default="instance",
        help="what is killed at the peak (%(default)s)",
    )
    parser.add_argument(
        "--stock",
        action="store_true",
        help="scale by the vendor's own rule, target tracking, without surge protection",
    )
    parser.add_argument(
        "--length",
        type=float,
        default=rehearsal.SECONDS,
        metavar="SECONDS",
        help="how long the night takes (%(default)g); the vendor's rule needs more than three minutes to answer",
    )
    parser.add_argument(
        "--rate",
        type=float,
        default=rehearsal.PEAK,
        metavar="N",
        help="requests a second at the peak (%(default)g); two servers serve some 220",
    )
    parser.add_argument("--report", type=Path, default=REPORT, help="the folder of its report (%(default)s)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    began = time.perf_counter()
    show = Show()
    with tempfile.TemporaryDirectory(prefix="yunbox-demo-") as name:
        folder = Path(name)
        cloud = DemoCloud(folder)
        try:
            held = show.step("start the cloud", "yunbox up", cloud.start)
            held = held and (options.peak or _bytes_and_servers(show, cloud, folder))
            last = _peak(show, Shop(cloud, stock=options.stock), cloud.data, options) if held else ""
            held = bool(last) and show.step("stop it", "SIGTERM", cloud.stop) and show.held
        except KeyboardInterrupt:
            print("\nInterrupted.")
            return 130
        finally:
            cloud.end()
    verdict = "Everything held" if held else "NOT everything held"
    print(f"\n{show.table()}\n\n{verdict}; {time.perf_counter() - began:.0f} s.", flush=True)
    if last:
        print(f"The report: {options.report / 'report.html'}\n{last}", flush=True)
    return 0 if held else 1


def _bytes_and_servers(show: Show, cloud: DemoCloud, folder: Path) -> bool:
    show.chapter("With the official clients")
    large = folder / "peak.bin"
    digest = _make(large)
    bar = show.progress("upload")
    used = [
        show.step("make a bucket", "oss2", lambda: clients.make_bucket(cloud)),
        show.step("a real file up and down", "oss2", lambda: clients.file_up_and_down(cloud, REAL_FILE)),
        show.step(
            "a resumable upload in parts",
            "oss2",
            lambda: clients.resumable_upload(cloud, large, digest, folder, bar),
        ),
        show.step("a listing", "alibabacloud-oss-v2", lambda: clients.listing(cloud)),
        show.step("a presigned URL", "oss-v2, then urllib", lambda: clients.presigned(cloud, REAL_FILE)),
        show.step("the same bucket through S3", "boto3", lambda: clients.by_s3(cloud, REAL_FILE)),
        show.step("a wrong secret", "all three", lambda: clients.wrong_key(cloud)),
    ]
    show.chapter("A network with servers")
    servers = Servers(cloud)
    serving = (
        show.step("a VPC, a vSwitch, a security group", "vpc20160428, ecs20140526", servers.network)
        and show.step("two servers", "ecs20140526, urllib", servers.launch)
        and show.step("the security group's rule", "ecs20140526, urllib", servers.close_the_port)
    )
    show.chapter("Killed in the middle of a stream of uploads, one more server just asked for")
    stream = Stream(cloud, servers.ask_for_a_third if serving else None)
    survived = (
        show.step("uploads, then SIGKILL", "all three", stream.run)
        and show.step("start it again", "yunbox up", cloud.start)
        and show.step("every acknowledged object", "oss2", stream.check)
        and serving
        and show.step("the servers in the meantime", "urllib", servers.serve_on)
        and show.step("the server just asked for", "urllib", servers.third_is_there)
        and show.step("delete it all", "vpc20160428, ecs20140526", servers.release)
    )
    return all(used) and survived


def _peak(show: Show, shop: Shop, data: Path, options: argparse.Namespace) -> str:
    """Rehearse the peak; return the last line of its report, or nothing when it did not come to that."""
    show.chapter("A shop behind a balancer, scaled")
    built = (
        show.step("a bucket with pictures, a role", "oss2, ram20150501", shop.bucket)
        and show.step("a network in two zones", "vpc20160428, ecs20140526", shop.network)
        and show.step("a balancer", "slb20140515", shop.balance)
        and show.step("a scaling group with servers", "ess20220222", shop.scale)
    )
    if not built:
        return ""
    show.chapter(f"The night of 11.11 in {options.length:.0f} seconds, killed at the peak: {options.kill}")
    plan = rehearsal.plan(shop, rehearsal.FAULTS[options.kill], options.length, options.rate)
    night = rehearsal.Night(plan, data, options.report)
    for what, client, seen in night.steps:
        show.step(what, client, seen)
    show.step("delete it all", "ess20220222, slb20140515", shop.release)
    return night.last_line


def _make(path: Path) -> str:
    """Write a large file of bytes that do not compress; return its SHA-256."""
    source, digest = random.Random(1111), hashlib.sha256()
    with path.open("wb") as file:
        for _ in range(LARGE_BYTES // 1_000_000):
            block = source.randbytes(1_000_000)
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
