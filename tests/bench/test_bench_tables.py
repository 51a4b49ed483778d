"""Ratios and tables, and what is read from /proc."""

import dataclasses
import os
import subprocess
import sys

import pytest

from bench import proc
from bench.objects import CONTESTANTS, PAGE, Plan, _pages
from bench.tables import Figure, Results, Spread, ratio_table, ratios, raw_table, render


def figure(contestant, number, value, **more):
    base = Figure("PUT", 16, contestant, number, value, "/s", 1.0, 2.0, 3.0, 100, 0.5, others_cpu_share=0.25)
    return dataclasses.replace(base, **more)


def test_a_ratio_is_taken_round_by_round():
    ours = [figure("yunbox", 0, 10), figure("yunbox", 1, 40), figure("yunbox", 2, 30), figure("yunbox", 3, 1)]
    theirs = [figure("p", 0, 5), figure("p", 1, 10), figure("p", 2, 10)]
    assert ratios(ours, theirs) == Spread(middle=3, least=2, most=4)
    assert ratios(ours, []) is None


def test_tables_show_every_cell_and_compare_only_yunbox():
    results = Results(
        [figure("yunbox S3", 0, 3000.0, flushes=7), figure("peer", 0, 1000.0), figure("moto", 0, 9.0)]
    )
    raw = raw_table(results).splitlines()
    assert len(raw) == 5
    assert "3,000.0 (3,000.0-3,000.0)" in raw[2]
    assert raw[2].split()[-3:] == ["7", "50%", "25%"]
    assert raw[3].split()[-3:] == ["-", "50%", "25%"]
    ratio = ratio_table(results).splitlines()
    assert len(ratio) == 3
    assert ratio[0].split("  ")[-1].strip() == "to peer"
    assert ratio[2].endswith("3.00 (3.00-3.00)")


def test_a_peer_missing_from_a_cell_leaves_a_dash():
    results = Results([figure("yunbox", 0, 1.0), figure("p", 0, 1.0, connections=64)])
    assert ratio_table(results).splitlines()[2].split()[-1] == "-"


def test_an_empty_table_says_so():
    assert ratio_table(Results([figure("yunbox", 0, 1.0)])) == "(no peer to compare with)"
    assert render(["a"], [], left=1) == "(nothing measured)"


class Said:
    def head(self, method, path, query, body):
        return query.get("start-after", "").encode()


def test_the_pages_of_a_walk_cover_every_key_once():
    calls = list(_pages(Said(), "b", 2500))
    assert [call.wire for call in calls] == [b"", b"k/000999", b"k/001999"]
    assert [call.count for call in calls] == [(b"<Key>", PAGE), (b"<Key>", PAGE), (b"<Key>", 500)]


def test_a_plan_signs_more_puts_than_a_turn_can_use_on_one_connection():
    plan = Plan(seconds=2)
    assert plan.small_puts(1) == 18_000
    assert plan.small_puts(64) == 26_000
    assert all(contestant.scaled(1) == 1 for contestant in CONTESTANTS)


def test_a_stat_line_with_any_command_is_read():
    ticks = os.sysconf("SC_CLK_TCK")
    line = f"42 (a) (b c) S 7 8 9 0 -1 0 0 0 0 0 {ticks} {2 * ticks} 0 0 20"
    assert proc.parse_stat(line) == proc.Process(pid=42, parent=7, session=9, cpu=3.0)


def test_a_machine_is_busy_but_for_idling_and_waiting():
    ticks = os.sysconf("SC_CLK_TCK")
    values = " ".join(str(n * ticks) for n in (1, 2, 4, 1000, 2000, 8, 16, 32, 0, 0))
    assert proc.parse_busy(f"cpu  {values}\ncpu0 1 2 3\n") == 63
    assert proc.busy() > 0


def test_a_tree_holds_descendants_and_the_session():
    def one(pid, parent, session):
        return proc.Process(pid, parent, session, 0.0)

    everyone = [
        one(1, 0, 1),
        one(10, 1, 10),
        one(11, 10, 11),
        one(12, 11, 12),
        one(13, 1, 10),
        one(20, 1, 20),
    ]
    assert [process.pid for process in proc.tree(10, everyone)] == [10, 11, 12, 13]


def test_memory_of_a_rollup_is_in_bytes():
    text = "00400000-7fff r--p 00000000 00:00 0 [rollup]\nRss:   12 kB\nPss:    5 kB\nPss_Anon: 9 kB\n"
    assert proc.parse_rollup(text) == (12 * 1024, 5 * 1024)
    with pytest.raises(ValueError, match="Pss"):
        proc.parse_rollup("Rss: 1 kB\n")


def test_memory_counts_the_children_of_a_process():
    code = (
        "import subprocess, sys; child = subprocess.Popen(['cat'], stdin=subprocess.PIPE); "
        "print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"up\n"
        used = proc.memory(process.pid)
        process.stdin.close()
    assert used.processes == 2
    assert 0 < used.pss <= used.rss
