"""Scenes are saved, listed, shown and deleted. Wire shapes: PTS API 2020-10-20."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from yunbox.api.call import Call
from yunbox.api.errors import invalid_parameter
from yunbox.api.resource import seconds
from yunbox.api.shapes import Answer, Request, Shape
from yunbox.services.pts.errors import is_running, no_scene
from yunbox.services.pts.model import Run, StoredScene
from yunbox.services.pts.planning import UnusableSceneError, plan_of
from yunbox.services.pts.product import pts
from yunbox.services.pts.shapes import Relation, Scene

MAX_SCENES = 1000


class Done(Answer, kw_only=True):
    """It is done."""

    success: bool = True


class SavePtsScene(Request, kw_only=True):
    """Make a scene, or change the one whose SceneId it has."""

    scene: Scene


class SceneSaved(Done, kw_only=True):
    """The scene."""

    scene_id: str


class ListPtsScene(Request, kw_only=True):
    """Ask for scenes; `key_word` is part of a name, or an id."""

    page_number: Annotated[int, Meta(ge=1, le=1_073_741_824)] = 1
    page_size: Annotated[int, Meta(ge=1, le=1000)] = 10
    key_word: str = ""


class SceneView(Shape, kw_only=True):
    """A scene of a listing."""

    scene_id: str
    scene_name: str
    status: str
    create_time: str


class ScenesListed(Done, kw_only=True):
    """Scenes."""

    scene_view_list: list[SceneView]


class GetPtsScene(Request, kw_only=True):
    """Ask for a scene."""

    scene_id: str


class SceneShown(Scene, kw_only=True):
    """A scene with its state."""

    status: str = ""
    create_time: str = ""
    modified_time: str = ""


class SceneFound(Done, kw_only=True):
    """The scene."""

    scene: SceneShown


class DeletePtsScene(Request, kw_only=True):
    """Delete a scene that does not run, and its reports."""

    scene_id: str


@pts.action(SavePtsScene, on="*")
def save_pts_scene(request: SavePtsScene, call: Call) -> SceneSaved:
    """Save it, once it can be run."""
    try:
        plan_of(request.scene)
    except UnusableSceneError as error:
        raise invalid_parameter(error.field, str(error)) from None
    if request.scene.scene_id:
        before = call.require(StoredScene, request.scene.scene_id, no_scene)
        scene = _numbered(request.scene, before.id)
        call.change.replace(
            msgspec.structs.replace(before, name=scene.scene_name, scene=scene, modified=call.now)
        )
        return SceneSaved(scene_id=before.id)
    if call.count(StoredScene) >= MAX_SCENES:
        raise invalid_parameter("Scene", f"an account has {MAX_SCENES} scenes at most")
    id_ = call.cloud.ids.token(10).upper()
    scene = _numbered(request.scene, id_)
    call.change.create(
        StoredScene(
            id=id_,
            account=call.account,
            region=call.region,
            name=scene.scene_name,
            scene=scene,
            created=call.now,
            modified=call.now,
        )
    )
    return SceneSaved(scene_id=id_)


def _numbered(scene: Scene, id_: str) -> Scene:
    """Return the scene with an id for each session and request that has none."""
    relations: list[Relation] = []
    for number, relation in enumerate(scene.relation_list, 1):
        own = relation.relation_id or f"{id_}-{number}"
        apis = [
            msgspec.structs.replace(api, api_id=api.api_id or f"{own}-{index}")
            for index, api in enumerate(relation.api_list, 1)
        ]
        relations.append(msgspec.structs.replace(relation, relation_id=own, api_list=apis))
    return msgspec.structs.replace(scene, scene_id=id_, relation_list=relations)


@pts.action(ListPtsScene, on="*")
def list_pts_scene(request: ListPtsScene, call: Call) -> ScenesListed:
    """List them, the newest first."""
    wanted = request.key_word
    found = [
        each for each in call.find(StoredScene) if not wanted or wanted in each.name or wanted == each.id
    ]
    found.sort(key=lambda each: (-each.created, each.id))
    first = (request.page_number - 1) * request.page_size
    return ScenesListed(
        scene_view_list=[
            SceneView(
                scene_id=each.id,
                scene_name=each.name,
                status=status_of(call, each),
                create_time=seconds(each.created),
            )
            for each in found[first : first + request.page_size]
        ]
    )


@pts.action(GetPtsScene, on="*")
def get_pts_scene(request: GetPtsScene, call: Call) -> SceneFound:
    """Show it."""
    found = call.require(StoredScene, request.scene_id, no_scene)
    given = {name: getattr(found.scene, name) for name in found.scene.__struct_fields__}
    return SceneFound(
        scene=SceneShown(
            **given,
            status=status_of(call, found),
            create_time=seconds(found.created),
            modified_time=seconds(found.modified),
        )
    )


@pts.action(DeletePtsScene, on="*")
def delete_pts_scene(request: DeletePtsScene, call: Call) -> Done:
    """Delete it with its runs."""
    found = call.require(StoredScene, request.scene_id, no_scene)
    runs = call.find(Run, parent=found.id)
    if any(each.is_open for each in runs):
        raise is_running(found.id)
    for each in runs:
        call.change.delete(Run, each.id)
    call.change.delete(StoredScene, found.id)
    return Done()


def last_run(call: Call, scene: str) -> Run | None:
    """Return the run of a scene that was asked for last."""
    return max(call.find(Run, parent=scene), key=lambda each: each.asked, default=None)


def status_of(call: Call, scene: StoredScene) -> str:
    """Return what a scene is doing, in the vendor's words."""
    run = last_run(call, scene.id)
    return "CREATED" if run is None else run.status
