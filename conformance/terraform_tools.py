"""Finds terraform and the vendor's provider on this machine. Nothing is fetched."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "YUNBOX_TERRAFORM_PROVIDER"
SOURCE = "registry.terraform.io/aliyun/alicloud"
BINARY = "terraform-provider-alicloud"
UNNAMED = "999.0.0"
"""The version that a provider goes by whose file and folder name none, such as one built by hand."""

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True)
class Tools:
    """What the example is applied with."""

    terraform: Path
    terraform_version: str
    platform: str
    provider: Path
    provider_version: str

    @property
    def title(self) -> str:
        """What they are, for a report."""
        version = "" if self.provider_version == UNNAMED else f" {self.provider_version}"
        return f"terraform {self.terraform_version} with aliyun/alicloud{version}"

    def install(self, folder: Path) -> Path:
        """Lay the provider out in `folder` as terraform's only source of it; return the CLI configuration file."""
        package = folder / "mirror" / SOURCE / self.provider_version / self.platform
        package.mkdir(parents=True)
        (package / f"{BINARY}_v{self.provider_version}").symlink_to(self.provider)
        settings = folder / "terraform.rc"
        path = json.dumps(str(folder / "mirror"))
        source = f"provider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n"
        settings.write_text(f"disable_checkpoint = true\n{source}")
        return settings


def find(given: Path | None) -> Tools | str:
    """Return the tools, or in a sentence which of them is not here.

    `given` is the provider's file or a folder that holds it. Without it the variable YUNBOX_TERRAFORM_PROVIDER
    counts, then the PATH, then the folders where terraform itself looks for providers.
    """
    terraform = shutil.which("terraform")
    if terraform is None:
        return "no terraform on the PATH"
    provider = find_provider(given)
    if provider is None:
        return f"no {BINARY} found; name it with --terraform-provider or {VARIABLE}"
    told = json.loads(subprocess.run([terraform, "version", "-json"], capture_output=True, check=True).stdout)
    file, version = provider
    return Tools(Path(terraform), told["terraform_version"], told["platform"], file, version)


def find_provider(given: Path | None) -> tuple[Path, str] | None:
    """Return the newest provider and its version. Raises FileNotFoundError when what was given holds none."""
    named = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if named is not None:
        found = newest([named] if named.is_file() else named.glob(f"{BINARY}*"))
        if found is None:
            raise FileNotFoundError(f"no {BINARY} at {named}")
        return found
    on_path = (Path(each) for each in os.environ.get("PATH", "").split(os.pathsep) if each)
    return newest(file for folder in on_path for file in folder.glob(f"{BINARY}*")) or newest(
        file for folder in plugin_folders() for file in folder.glob(f"{SOURCE}/*/*/{BINARY}*")
    )


def plugin_folders() -> Iterator[Path]:
    """Yield the folders where terraform looks for providers by itself."""
    if cache := os.environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(cache)
    yield Path.home() / ".terraform.d/plugins"
    yield Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "terraform/plugins"
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    yield from (Path(each) / "terraform/plugins" for each in shared.split(":"))


def newest(candidates: Iterator[Path] | list[Path]) -> tuple[Path, str] | None:
    """Return the program of the highest version among the candidates. What cannot be run is passed over."""
    found = [
        (file.absolute(), version_of(file))
        for file in candidates
        if file.is_file() and os.access(file, os.X_OK) and file.suffix != ".zip"
    ]
    return max(found, key=lambda each: [int(part) for part in each[1].split(".")], default=None)


def version_of(file: Path) -> str:
    """Return the version in the file's name, else in the folder of a plugin directory, else `UNNAMED`."""
    for name in (file.name, file.absolute().parent.parent.name):
        if match := _VERSION.search(name):
            return match[0]
    return UNNAMED
