"""The lists of the conformance suites, and how a run is compared with them."""

from __future__ import annotations

from pathlib import Path

from conformance import lists

FOLDER = Path(lists.__file__).parent / "oss2"


def test_a_run_is_compared_with_the_lists(tmp_path: Path) -> None:
    (tmp_path / "passes.txt").write_text("# a comment\na\nb\n")
    (tmp_path / "not_yet.txt").write_text("c\twhy\n")
    (tmp_path / "excluded.txt").write_text("d\tit asks the moon\n")
    known = lists.read(tmp_path)
    outcomes = {"a": "passed", "b": "failed", "c": "passed", "d": "failed", "e": "failed"}
    result = lists.compare(known, outcomes)
    assert (result.lost, result.gained, result.unknown) == (["b"], ["c"], ["e"])
    assert (result.passed, result.live, result.share) == (2, 4, 0.5)


def test_a_listed_test_that_did_not_run_is_lost(tmp_path: Path) -> None:
    (tmp_path / "passes.txt").write_text("a\n")
    assert lists.compare(lists.read(tmp_path), {}).lost == ["a"]


def test_the_lists_are_written_as_read(tmp_path: Path) -> None:
    lists.write(tmp_path, lists.Lists({"b", "a"}, {"c": "yunbox does not implement the moon yet."}))
    assert lists.read(tmp_path) == lists.Lists({"a", "b"}, {"c": "NotImplemented: the moon"})


def test_the_committed_lists_do_not_overlap_and_say_why() -> None:
    known = lists.read(FOLDER)
    assert known.passes
    assert not known.passes & known.not_yet.keys()
    assert not (known.passes | known.not_yet.keys()) & known.excluded.keys()
    assert all(known.excluded.values())
    for auth in ("v1 ", "v4 "):
        passing = sum(name.startswith(auth) for name in known.passes)
        others = sum(name.startswith(auth) for name in (*known.not_yet, *known.excluded))
        assert passing >= 0.65 * (passing + others)
