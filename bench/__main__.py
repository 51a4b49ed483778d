"""`python -m bench`: yunbox beside SeaweedFS and moto on this machine, over loopback only.

`python -m bench crash` measures nothing: it kills yunbox under load and checks that it kept its word.
`python -m bench policies` simulates: scaling policies side by side on recorded traffic, written to docs/policies.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from bench import balancer, crash, facts, instances, objects, startup
from bench.load import LoadError
from bench.objects import CONTESTANTS, QUICK, Plan
from bench.peers import PeerError
from bench.tables import Results, ratio_table, raw_table

SCENARIOS = ("small", "large", "list")
POLICIES = Path(__file__).parents[1] / "docs" / "policies.md"
_SPACE_NEEDED = 30 * 2**30

COMPARED = """\
What is compared
  One generator process on the same machine, closed loop, keep-alive connections over 127.0.0.1; requests are
  signed before the clock starts. Every peer is sent the same S3 requests: path style, SigV4 in headers,
  UNSIGNED-PAYLOAD. yunbox is also asked by its own protocol, signed V1 and V4 by the vendor's SDK.
  (region cn-hangzhou; us-east-1 for moto). Every answer's status and length is checked, every 16th SHA-256.
  seaweedfs        weed server -filer -s3, one process, verifies signatures, acknowledges without fsync.
  seaweedfs+fsync  the same with fs.configure -locationPrefix=/buckets/ -fsync=true; no 64 large, no listing.
  moto             moto_server, objects in memory, verifies no signature, closes the connection after
                   each answer; gets fewer requests and keys (3,000 to list), no 64 large transfers.
  flushes          flush requests at the block device during the turn: who asks for durability.
  client, others   CPU of the generator, and of all that is neither it nor the peer, in shares of one core:
                   figures beside a busy machine are worth little.
  PUT is to new keys; GET is over 512 stored objects; reads come from the page cache, for everybody.
  Turns alternate; before each one dirty pages are written out and all peers are idle.
  Ratios are per round, yunbox / peer, median (min-max): above 1 yunbox is faster."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; return 1 when a run failed. A slow figure is a figure, not a failure."""
    options = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    if options.what == "policies":
        return _policies(options)
    began = time.monotonic()
    where = Path(tempfile.mkdtemp(prefix="yunbox-bench-", dir=options.dir))
    found: dict[str, object] = {}
    try:
        found["machine"] = about = facts.machine(where)
        print("\n".join(f"{name:<14} {value}" for name, value in about.items()), end="\n\n", flush=True)
        if options.what in ("objects", "all"):
            found["objects"] = _objects(options, where)
        if options.what in ("instances", "all"):
            found["instances"] = _instances(options, where)
        if options.what in ("balancer", "all"):
            found["balancer"] = _balancer(options, where)
        if options.what in ("startup", "all"):
            found["startup"] = _startup(options, where)
        if options.what == "crash":
            found["crash"] = kept = crash.measure(options.rounds or crash.ROUNDS, options.seed, where, _say)
            print("\n".join(f"{name:<20} {value}" for name, value in kept.items()))
    except (LoadError, PeerError, crash.BrokenPromiseError) as error:
        print(f"\nThe run failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; every server was stopped.", file=sys.stderr)
        return 130
    finally:
        shutil.rmtree(where, ignore_errors=True)
    print(f"\n{time.monotonic() - began:.0f} s in all")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = [contestant.name for contestant in CONTESTANTS]
    parser.add_argument(
        "what",
        nargs="?",
        choices=("objects", "instances", "balancer", "startup", "crash", "policies", "all"),
        default="all",
    )
    parser.add_argument("--rounds", type=_positive, help="rounds of every scenario (3; starts: 5; kills: 50)")
    parser.add_argument("--seed", type=int, help="what the kills and the load before them follow from")
    parser.add_argument("--quick", action="store_true", help="one short round, under two minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every figure here")
    parser.add_argument("--dir", type=Path, help="where the stores keep their data (the temporary directory)")
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="only this one; repeatable")
    parser.add_argument("--only", action="append", choices=names, help="only this contestant; repeatable")
    parser.add_argument("--traces", type=Path, metavar="FOLDER", help="policies: where recorded traffic lies")
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="REPORT",
        help="policies: compare a rehearsal's report.json with the simulator",
    )
    parser.add_argument(
        "--slots", type=_positive, default=10, help="requests an instance works on, for --replay"
    )
    parser.add_argument("--trace", action="append", help="policies: only this trace; repeatable")
    parser.add_argument("--jobs", type=_positive, default=1, help="policies: so many processes")
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE",
        default=POLICIES,
        help="policies: where to write (docs/policies.md)",
    )
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def _policies(options: argparse.Namespace) -> int:
    from bench import policies  # noqa: PLC0415 - NumPy is only needed here

    if options.replay is not None:
        print(policies.replayed(options.replay, options.slots))
        return 0
    if options.traces is None and options.trace != ["double11"]:
        print("Give --traces FOLDER; only --trace double11 needs none.", file=sys.stderr)
        return 2
    print(policies.write(options.traces or Path(), options.trace or (), options.jobs, options.page))
    return 0


def _objects(options: argparse.Namespace, where: Path) -> list[dict[str, object]]:
    plan = QUICK if options.quick else Plan()
    if options.rounds:
        plan = dataclasses.replace(plan, rounds=options.rounds)
    free = shutil.disk_usage(where).free
    if not options.quick and free < _SPACE_NEEDED:
        raise PeerError(f"{free / 2**30:.0f} GiB free under {where}; the full run may need 30 (see --dir)")
    contestants = [c for c in CONTESTANTS if not options.only or c.name in options.only]
    results = Results()
    try:
        objects.measure(contestants, plan, options.scenario or SCENARIOS, where, _say, results)
    finally:
        if results.figures:
            print(f"\n{COMPARED}\n\n{raw_table(results)}\n\n{ratio_table(results)}\n", flush=True)
    return [dataclasses.asdict(figure) for figure in results.figures]


def _instances(options: argparse.Namespace, where: Path) -> list[dict[str, object]]:
    results = Results()
    try:
        instances.measure(options.rounds or (1 if options.quick else 3), where, _say, results)
    finally:
        if results.figures:
            print(f"\n{instances.__doc__}\n{raw_table(results)}\n\n{ratio_table(results)}\n", flush=True)
    return [dataclasses.asdict(figure) for figure in results.figures]


def _balancer(options: argparse.Namespace, where: Path) -> list[dict[str, object]]:
    turns = balancer.measure(options.rounds or (3 if options.quick else 9), where, _say)
    print(f"\n{balancer.__doc__}\n{balancer.table(turns)}\n", flush=True)
    return balancer.found(turns)


def _startup(options: argparse.Namespace, where: Path) -> list[dict[str, object]]:
    rounds = options.rounds or (1 if options.quick else 5)
    wanted = {c.start for c in CONTESTANTS if not options.only or c.name in options.only}
    starts = startup.measure(rounds, [start for start in startup.PEERS if start in wanted], where, _say)
    print(
        f"\nExec to a signed ListBuckets answered 200, data directory empty; memory of all its processes "
        f"{startup.IDLE_SECONDS:.0f} s later; median (min-max) of {rounds}\n\n{startup.table(starts)}"
    )
    return [dataclasses.asdict(start) for start in starts]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
