"""What the compute engine cannot do. The text of each says why, for the log and the operator."""

from __future__ import annotations


class ComputeError(Exception):
    """Something the engine cannot do; the text says what, for the log and the operator."""


class NoSandboxError(ComputeError):
    """The sandbox does not exist."""


class NotRunningError(ComputeError):
    """The sandbox has to run for this, and does not."""


class RunningError(ComputeError):
    """The sandbox has to be stopped for this, and runs."""


class StartError(ComputeError):
    """The sandbox did not come up; the text says why."""


class NoImageError(ComputeError):
    """The image does not exist."""


class BadImageError(ComputeError):
    """The archive is damaged, unsafe, or beyond the limits."""


class NoVolumeError(ComputeError):
    """The volume does not exist."""


class NoSnapshotError(ComputeError):
    """The snapshot does not exist."""


class InUseError(ComputeError):
    """The volume is attached to a sandbox, or the image is what a layer or an image rests on."""


class PathTakenError(ComputeError):
    """The file exists inside, and was not to be overwritten."""


class UnsupportedError(ComputeError):
    """This machine does not allow it; the text says what is missing."""
