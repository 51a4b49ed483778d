"""How the conformance run finds terraform's provider and lays it out."""

import subprocess
from pathlib import Path

import pytest

from conformance import terraform_tools
from conformance.terraform_tools import BINARY, SOURCE, UNNAMED, Tools


def program(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("#!/bin/sh\n")
    file.chmod(0o755)
    return file


@pytest.fixture(autouse=True)
def bare(tmp_path, monkeypatch):
    """A home, a PATH and plugin folders in which there is nothing."""
    for name in (terraform_tools.VARIABLE, "TF_PLUGIN_CACHE_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))


def test_nothing_is_found_where_there_is_nothing():
    assert terraform_tools.find_provider(None) is None
    assert terraform_tools.find(None) == "no terraform on the PATH"


def test_a_missing_provider_is_said_and_how_to_name_one(tmp_path):
    program(tmp_path / "path" / "terraform")
    assert terraform_tools.VARIABLE in terraform_tools.find(None)


def test_a_provider_that_was_given_and_is_not_there_is_an_error(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError):
        terraform_tools.find_provider(tmp_path)
    monkeypatch.setenv(terraform_tools.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError):
        terraform_tools.find_provider(None)


def test_the_file_itself_its_folder_and_the_variable_name_the_same(tmp_path, monkeypatch):
    file = program(tmp_path / "built" / BINARY)
    assert terraform_tools.find_provider(file) == (file, UNNAMED)
    assert terraform_tools.find_provider(file.parent) == (file, UNNAMED)
    monkeypatch.setenv(terraform_tools.VARIABLE, str(file.parent))
    assert terraform_tools.find_provider(None) == (file, UNNAMED)


def test_the_path_comes_before_the_plugin_folders(tmp_path):
    plugin = program(tmp_path / "share/terraform/plugins" / SOURCE / "9.0.0" / "linux_amd64" / BINARY)
    assert terraform_tools.find_provider(None) == (plugin, "9.0.0")
    on_path = program(tmp_path / "path" / f"{BINARY}_v1.2.3")
    assert terraform_tools.find_provider(None) == (on_path, "1.2.3")


def test_every_plugin_folder_of_terraform_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.setenv("TF_PLUGIN_CACHE_DIR", str(tmp_path / "cache"))
    for number, folder in enumerate(
        ("cache", "home/.terraform.d/plugins", "home/.local/share/terraform/plugins")
    ):
        file = program(tmp_path / folder / SOURCE / f"1.{number}.0" / "linux_amd64" / BINARY)
        assert terraform_tools.find_provider(None) == (file, f"1.{number}.0")


def test_the_highest_version_wins_as_numbers_do(tmp_path):
    for version in ("1.9.0", "1.10.0", "1.2.30"):
        program(tmp_path / f"{BINARY}_v{version}")
    assert terraform_tools.find_provider(tmp_path) == (tmp_path / f"{BINARY}_v1.10.0", "1.10.0")


def test_what_cannot_be_run_is_passed_over(tmp_path):
    (tmp_path / f"{BINARY}_v2.0.0").write_text("not a program")
    program(tmp_path / f"{BINARY}_3.0.0_linux_amd64.zip")
    (tmp_path / f"{BINARY}_v4.0.0").mkdir()
    file = program(tmp_path / f"{BINARY}_v1.0.0")
    assert terraform_tools.find_provider(tmp_path) == (file, "1.0.0")


def test_the_provider_lies_where_terraform_looks_for_it(tmp_path):
    file = program(tmp_path / "built" / BINARY)
    tools = Tools(Path("terraform"), "1.11.4", "linux_amd64", file, "1.2.3")
    settings = tools.install(tmp_path / "run")
    laid = tmp_path / "run/mirror" / SOURCE / "1.2.3/linux_amd64" / f"{BINARY}_v1.2.3"
    assert laid.resolve() == file
    assert subprocess.run([laid], check=False).returncode == 0
    assert f'"{tmp_path / "run" / "mirror"}"' in settings.read_text()
