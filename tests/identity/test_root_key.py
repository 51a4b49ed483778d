"""The root access key: given, or made once and kept safely."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from yunbox.control.ids import Ids
from yunbox.identity.root_key import RootKey, RootKeyError, is_guessable, root_key

GIVEN = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIgiven", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "given-secret"}


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    made = root_key(tmp_path, {}, Ids())
    assert made.access_key_id.startswith("LTAI5t")
    assert (len(made.access_key_id), len(made.secret)) == (24, 30)
    assert root_key(tmp_path, {}, Ids()) == made
    assert not is_guessable(made)
    assert (tmp_path / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["credentials.json"]


def test_a_given_key_goes_before_the_kept_one(tmp_path: Path) -> None:
    root_key(tmp_path, {}, Ids())
    assert root_key(tmp_path, GIVEN, Ids()) == RootKey("LTAIgiven", "given-secret")


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_half_a_key_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(RootKeyError, match="both"):
        root_key(tmp_path, {name: "x"}, Ids())


@pytest.mark.parametrize("value", ["a b", "a\n", "ключ", "x" * 129, "a/b", "a,b", "a:b"])
def test_an_id_that_no_signature_can_carry_is_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(RootKeyError, match="access key id"):
        root_key(tmp_path, GIVEN | {"ALIBABA_CLOUD_ACCESS_KEY_ID": value}, Ids())


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    root_key(tmp_path, {}, Ids())
    (tmp_path / "credentials.json").chmod(mode)
    with pytest.raises(RootKeyError, match="chmod 600"):
        root_key(tmp_path, {}, Ids())


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"accessKeyId":"x"}', '{"accessKeyId":"","accessKeySecret":"x"}']
)
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(content)
    path.chmod(0o600)
    with pytest.raises(RootKeyError):
        root_key(tmp_path, {}, Ids())
    assert path.read_text() == content


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "credentials.json"
    path.write_text(json.dumps({"accessKeyId": "LTAIx", "accessKeySecret": "y", "format": 2}))
    path.chmod(0o600)
    with pytest.raises(RootKeyError, match="newer release"):
        root_key(tmp_path, {}, Ids())


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text('{"accessKeyId":"LTAIx","accessKeySecret":"y"}')
    elsewhere.chmod(0o600)
    (tmp_path / "credentials.json").symlink_to(elsewhere)
    with pytest.raises(RootKeyError):
        root_key(tmp_path, {}, Ids())


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    gate = threading.Barrier(8)
    found: list[RootKey] = []

    def start() -> None:
        gate.wait()
        found.append(root_key(tmp_path, {}, Ids()))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_the_secret_is_not_in_the_repr() -> None:
    assert "hidden" not in repr(RootKey("LTAIx", "hidden"))


@pytest.mark.parametrize(
    ("id_", "secret"),
    [
        ("test", "test"),
        ("admin", "admin123"),
        ("minioadmin", "minioadmin"),
        ("LTAI5tAAAAAAAAAAAAAAAAAA", "short"),
        ("LTAI5tAbCdEfGhIjKlMnOpQr", "LTAI5tAbCdEfGhIjKlMnOpQr"),
        ("LTAI5tAbCdEfGhIjKlMnOpQr", "ltai5tabcdefghijklmnopqr"),
        ("LTAI5tAbCdEfGhIjKlMnOpQr", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        ("LTAI5tAbCdEfGhIjKlMnOpQr", "secret12secret12secret12"),
        ("LTAI5tAbCdEfGhIjKlMnOpQr", "abcdefghijklmnopqrstuvwxyz"),
        ("LTAI5tAbCdEfGhIjKlMnOpQr", "qwertyuiopasdfghjkl"),
        ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        ("yunbox-key", "yunbox-key-secret-2026"),
    ],
)
def test_a_key_that_somebody_could_guess_is_known_as_such(id_: str, secret: str) -> None:
    assert is_guessable(RootKey(id_, secret))


def test_made_keys_are_never_taken_for_guessable() -> None:
    ids = Ids()
    assert not any(is_guessable(RootKey("LTAI5t" + ids.token(18), ids.token(30))) for _ in range(500))
