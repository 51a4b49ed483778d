"""What PTS refuses."""

from __future__ import annotations

from yunbox.errors import CloudError


def no_scene(id_: str) -> CloudError:
    """Return the refusal of a scene that does not exist."""
    return CloudError("SceneNotFound", 404, f"The scene {id_} does not exist.")


def no_run(id_: str) -> CloudError:
    """Return the refusal of a run that does not exist."""
    return CloudError("PlanNotFound", 404, f"The plan {id_} does not exist.")


def is_running(id_: str) -> CloudError:
    """Return the refusal of what cannot be done to a scene that runs."""
    return CloudError("SceneIsRunning", 409, f"The scene {id_} is running.")


def not_running(id_: str) -> CloudError:
    """Return the refusal of stopping what does not run."""
    return CloudError("SceneIsNotRunning", 409, f"The scene {id_} is not running.")
