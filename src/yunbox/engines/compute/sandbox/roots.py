"""The root of a sandbox: the parts it is put together from, its private layer, and copies of that layer.

A part is a directory of the sandbox with what lies below it (from an image) and a private place above it that
takes every change. Where the kernel lets the two be laid over each other, that is done ("overlay"); where it does
not, a small part is copied ("copy") and a large one is shown as it is and cannot be changed ("fixed").
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from yunbox.engines.compute.errors import ComputeError, NoImageError, UnsupportedError
from yunbox.engines.compute.interface import HOST_IMAGE
from yunbox.engines.compute.sandbox import bubblewrap, host_system, records
from yunbox.engines.compute.sandbox.locks import held
from yunbox.engines.compute.sandbox.places import Places

Way = Literal["overlay", "copy", "fixed"]

_UNTOUCHED = "untouched"
"""In a layer that was made of an image and not yet run."""

_LONGEST_CHAIN = 12
"""So many images may rest on each other; the kernel takes one page of text for all layers of a part."""


class Part(msgspec.Struct, frozen=True):
    """A directory of the root: its folder's name in a layer, its path inside, what lies below (lowest first)."""

    name: str
    target: str
    lower: tuple[str, ...]
    large: bool = False


class Layer(records.Record, frozen=True, kw_only=True):
    """A private layer: the image it rests on, and how each part takes changes. Stored beside the parts."""

    image: str
    ways: dict[str, Way]


class ImageRecord(records.Record, frozen=True, kw_only=True):
    """An image: a tree (`base` empty), or a layer that rests on another image. `size` in bytes."""

    base: str = ""
    size: int = 0


class Roots:
    """Makes layers, and says how a root is put together from one."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._ways: dict[str, Way] = {}
        self._host: list[Part] = []

    # Images

    def parts(self, image: str) -> list[Part]:
        """Return the parts of a root made from an image. Raises NoImageError."""
        chain = self.chain(image)
        bottom = chain[-1]
        parts = self._host_parts() if bottom == HOST_IMAGE else [self._tree(bottom)]
        for each in reversed(chain[:-1]):
            parts = self._with_layer(parts, self._places.image(each) / "layer")
        return parts

    def chain(self, image: str) -> list[str]:
        """Return the image and those that it rests on, down to the host's system or a tree."""
        chain = [image]
        while chain[-1] != HOST_IMAGE:
            record = records.load(self._places.image(chain[-1]) / "image.json", ImageRecord)
            if record is None:
                raise NoImageError(f"there is no image {chain[-1]}")
            if not record.base:
                break
            chain.append(record.base)
        if len(chain) > _LONGEST_CHAIN:
            raise UnsupportedError(f"more than {_LONGEST_CHAIN} images rest on each other")
        return chain

    def _tree(self, image: str) -> Part:
        return Part("root", "/", (str(self._places.image(image) / "tree"),))

    def _host_parts(self) -> list[Part]:
        """Return the parts of the host's system, looked through once."""
        if not self._host:
            with held(self._places.locks, "base", HOST_IMAGE):
                self._host = self._find_host_parts()
        return self._host

    def _find_host_parts(self) -> list[Part]:
        base = self._places.base
        parts = [
            Part("root", "/", (str(host_system.skeleton(base)),)),
            Part("usr", "/usr", ("/usr",), large=True),
            Part("etc", "/etc", ("/etc", str(host_system.settings(base)))),
        ]
        for name in host_system.PROGRAM_DIRECTORIES:
            place = Path("/") / name
            if place.is_dir() and not place.is_symlink():
                parts.append(Part(name, str(place), (str(place),), large=True))
        for record in host_system.PACKAGE_RECORDS:
            if Path(record).is_dir():
                parts.append(Part(record[1:].replace("/", "-"), record, (record,)))
        return parts

    def _with_layer(self, parts: list[Part], layer: Path) -> list[Part]:
        record = records.load(layer / "layer.json", Layer)
        if record is None:
            raise NoImageError(f"the image {layer.parent.name} is damaged")
        found = []
        for part in parts:
            way, upper = record.ways.get(part.name, "fixed"), str(layer / part.name / "upper")
            if way == "overlay":
                found.append(msgspec.structs.replace(part, lower=(*part.lower, upper)))
            elif way == "copy":
                found.append(msgspec.structs.replace(part, lower=(upper,)))
            else:
                found.append(part)
        return found

    # Layers

    def prepare(self, sandbox: str, image: str) -> bool:
        """Make the sandbox's layer from an image, unless it has one. Return whether nothing was written in it yet."""
        layer = self._places.layer(sandbox)
        if not (layer / "layer.json").exists():
            fresh = self._places.aside("sandbox", sandbox, "layer")
            records.erase(fresh)
            self.make(fresh, image)
            self.replace(sandbox, fresh)
        return (layer / _UNTOUCHED).exists()

    def begun(self, sandbox: str) -> None:
        """Note that the sandbox's system has been told who it is."""
        (self._places.layer(sandbox) / _UNTOUCHED).unlink(missing_ok=True)

    def make(self, fresh: Path, image: str) -> None:
        """Make a new layer of an image."""
        fresh.mkdir(mode=0o700)
        ways = {}
        for part in self.parts(image):
            way = self._way(part)
            ways[part.name] = way
            self._empty_part(fresh, part, way)
        (fresh / _UNTOUCHED).touch()
        records.keep(fresh / "layer.json", Layer(image=image, ways=ways))

    def replace(self, sandbox: str, fresh: Path) -> None:
        """Put a layer in place of the one that the sandbox has."""
        layer = self._places.layer(sandbox)
        records.discard(layer, self._places.aside("sandbox", sandbox, "old-layer"))
        fresh.rename(layer)

    def _empty_part(self, layer: Path, part: Part, way: Way) -> None:
        if way == "fixed":
            return
        (layer / part.name / "work").mkdir(parents=True)
        upper = layer / part.name / "upper"
        if way == "copy" and len(part.lower) > 1:
            self._copy_merged(part, upper)
        elif way == "copy":
            copy_tree(Path(part.lower[0]), upper)
        else:
            upper.mkdir()
            shutil.copystat(part.lower[-1], upper)
            if not bubblewrap.in_own_users():
                facts = Path(part.lower[-1]).stat()
                os.chown(upper, facts.st_uid, facts.st_gid)

    def _copy_merged(self, part: Part, upper: Path) -> None:
        """Copy a part of the host with the layer that hides things laid over it by hand."""
        if part.name != "etc" or len(part.lower) != 2:
            raise UnsupportedError("this machine cannot lay the layers of this image over each other")
        shown = Path(part.lower[1])
        upper.mkdir(mode=0o755)
        host_system.copy_settings(Path(part.lower[0]), shown, upper)

    def _way(self, part: Part) -> Way:
        """Return how a part can take changes on this machine; found out once."""
        known = self._ways.get(part.target)
        if known is None:
            known = self._ways[part.target] = self._find_way(part)
        return known

    def _find_way(self, part: Part) -> Way:
        place = self._places.aside("probe", f"{os.getpid()}-{threading.get_native_id()}", part.name)
        try:
            for each in ("upper", "work"):
                (place / each).mkdir(parents=True, exist_ok=True)
            sources = [argument for each in part.lower for argument in ("--overlay-src", each)]
            target = "/probe"
            if not bubblewrap.probe([*sources, "--overlay", f"{place}/upper", f"{place}/work", target]):
                return "overlay"
        finally:
            records.erase(place)
        return "fixed" if part.large else "copy"

    def ways(self) -> Mapping[str, Way]:
        """Return how the host's directories can take changes, by path."""
        return {part.target: self._way(part) for part in self.parts(HOST_IMAGE)}

    def arguments(self, sandbox: str) -> list[str]:
        """Return bubblewrap's arguments that put the sandbox's root together."""
        layer = self._places.layer(sandbox)
        record = records.load(layer / "layer.json", Layer)
        if record is None:
            raise ComputeError(f"the sandbox {sandbox} has no layer")
        arguments: list[str] = []
        for part in self.parts(record.image):
            way, place = record.ways.get(part.name, "fixed"), layer / part.name
            if way == "overlay":
                for each in part.lower:
                    arguments += ["--overlay-src", each]
                arguments += ["--overlay", f"{place}/upper", f"{place}/work", part.target]
            elif way == "copy":
                arguments += ["--bind", f"{place}/upper", part.target]
            else:
                arguments += ["--ro-bind", part.lower[0], part.target]
        return arguments


def copy_layer(source: Path, target: Path) -> None:
    """Copy a layer with all that it holds but its working directories; `target` must not exist."""
    record = records.load(source / "layer.json", Layer)
    if record is None:
        raise ComputeError("there is no layer to copy")
    target.mkdir(mode=0o700)
    for name, way in record.ways.items():
        if way != "fixed":
            (target / name / "work").mkdir(parents=True)
            copy_tree(source / name / "upper", target / name / "upper")
    records.keep(target / "layer.json", record)


def copy_tree(source: Path, target: Path) -> None:
    """Copy a tree as it is, sharing blocks where the file system can. `target` is made.

    The copy is done by a process that sees the two trees alone: whatever a sandbox does to the source meanwhile,
    nothing else can be read through it.
    """
    target.mkdir(mode=0o755)
    binds = ["--ro-bind", str(source), "/from", "--bind", str(target), "/to"]
    wrong = bubblewrap.run_apart(binds, ["cp", "-a", "--reflink=auto", "/from/.", "/to/"])
    if wrong:
        raise ComputeError(f"copying failed: {wrong}")


def size(tree: Path) -> int:
    """Return how many bytes the files below a directory take on disk."""
    total = 0
    for place, _, files in os.walk(tree):
        for name in files:
            try:
                total += os.lstat(os.path.join(place, name)).st_blocks * 512  # noqa: PTH118 - many files
            except FileNotFoundError:
                continue
    return total
