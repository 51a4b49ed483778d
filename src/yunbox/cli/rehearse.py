"""`yunbox rehearse`: send a load curve to what runs here, break things meanwhile, and report what came of it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from yunbox.cli.places import add_data, running
from yunbox.rehearsal.live import live_view
from yunbox.rehearsal.page import HTML
from yunbox.rehearsal.plan_file import PlanError, read
from yunbox.rehearsal.rehearse import run as rehearse

BAD_PLAN = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("plan", type=Path, metavar="PLAN.yaml", help="what to do; see docs/rehearsal.md")
    parser.add_argument(
        "--report", type=Path, metavar="FOLDER", help="where report.html and report.json are written"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="instead of the plan's")
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="an address, or a network, beyond this machine that load may go to; it is yours",
    )
    parser.add_argument("--plain", action="store_true", help="print lines, no live view")
    add_data(parser)


def run(arguments: argparse.Namespace) -> int:
    """Rehearse. Return 0 when the verdict holds, 1 when not, 2 for a bad plan, 3 when the run is void."""
    try:
        plan = read(arguments.plan)
        if arguments.seed is not None:
            plan = msgspec.structs.replace(plan, seed=arguments.seed)
        data = arguments.data if running(arguments.data) is not None else None
        with live_view(plan, plain=arguments.plain) as on_progress:
            report = rehearse(
                plan, data=data, folder=arguments.report, allow=arguments.allow, on_progress=on_progress
            )
    except PlanError as error:
        print(f"yunbox rehearse: {error}", file=sys.stderr)
        return BAD_PLAN
    for line in report.verdict:
        print(f"{'held    ' if line.held else 'NOT held'}  {line.name}: {line.measured} ({line.wanted})")
    for reason in report.void_reasons:
        print(f"VOID: {reason}")
    for note in report.notes:
        print(f"note: {note}")
    if arguments.report is not None:
        print(f"The report: {arguments.report / HTML}")
    print(report.last_line, flush=True)
    return report.exit_status
