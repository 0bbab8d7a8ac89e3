"""Rendering a figure with Blender's Cycles (PyPI: bpy 5.0, Python 3.11). The only module that needs bpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bpy
import mathutils
import numpy as np
import numpy.typing as npt

from .cast import Act, Color, Look
from .figure import FOCAL_MM, Figure, Studio
from .makehuman import AssetError, Indices, Mesh, Proxy, Vertices

_HAIR_TEXTURES = {"afro01": "afro_diffuse"}


@dataclass(frozen=True, slots=True)
class Quality:
    """Size of the picture in pixels and Cycles' samples a pixel."""

    width: int = 320
    height: int = 180
    samples: int = 12


class FigureScene:
    """A Blender scene with one figure in its studio; making it empties Blender's current scene."""

    def __init__(self, assets: Path, look: Look, figure: Figure, quality: Quality) -> None:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self._assets = assets
        self._figure = figure
        self._movers: list[tuple[bpy.types.Object, Callable[[Vertices], Vertices]]] = []
        self._add_body(look)
        _set_up_renderer(quality)
        _add_room(figure.studio, figure.eye_height, look.wall)

    def render(self, act: Act, path: Path) -> None:
        """Pose the figure for one frame of a script and write the picture as PNG."""
        base = self._figure.posed(act)
        for thing, place in self._movers:
            thing.data.vertices.foreach_set("co", place(base).astype(np.float32).ravel())
            thing.data.update()
        bpy.context.scene.render.filepath = str(path.resolve())
        bpy.ops.render.render(write_still=True)

    def _texture(self, name: str) -> str:
        for path in sorted((self._assets / "textures").rglob(name + ".png")):
            return str(path)
        raise AssetError(
            f"The texture {name}.png is missing under {self._assets / 'textures'}: see docs/sample-call.md."
        )

    def _add_body(self, look: Look) -> None:
        figure, base = self._figure, self._figure.base
        suit = Proxy(self._assets / "clothes" / f"{figure.sex}_casualsuit0{1 if figure.sex == 'female' else 4}")
        seen = base.vertices[:, 1] > figure.eye_height - 6
        seen[list(suit.hides)] = False
        dark = (look.darkness,) * 3 if look.darkness != 1 else None
        skin = _material("skin", image=self._texture(look.skin), glow=0.12, rough=0.48, tint=dark, shine=0.35)
        body, used = _add_mesh("body", base, base.vertices, skin, seen)
        self._movers.append((body, lambda vertices: vertices[used]))

        brow_tint = (look.tint[0] * 0.6, look.tint[1] * 0.6, look.tint[2] * 0.6)
        eyes = _material("eye", image=self._texture("brown_eye"), cutout=True, rough=0.08, shine=0.6)
        brows = _material("brow", image=self._texture(look.brow), cutout=True, tint=brow_tint, rough=0.9)
        lashes = _material("lash", image=self._texture("eyelashes02"), cutout=True, rough=0.9)
        hair_image = self._texture(_HAIR_TEXTURES.get(look.hair, look.hair + "_diffuse"))
        hair = _material("hair", image=hair_image, cutout=True, tint=look.tint, rough=0.55, shine=0.25)
        for folder, name, material in (
            ("eyes", "high-poly", eyes),
            ("teeth", "teeth_base", _material("teeth", color=(0.80, 0.76, 0.68), rough=0.3)),
            ("eyebrows", look.brow, brows),
            ("eyelashes", "eyelashes02", lashes),
            ("hair", look.hair, hair),
        ):
            self._add_proxy(Proxy(self._assets / folder / name), material)
        self._add_proxy(suit, _material("shirt", color=look.shirt, rough=0.9, shine=0.1))

    def _add_proxy(self, proxy: Proxy, material: bpy.types.Material) -> None:
        thing, used = _add_mesh(proxy.name, proxy.mesh, proxy.fit(self._figure.base.vertices), material)
        self._movers.append((thing, lambda base: proxy.fit(base)[used]))


def _material(
    name: str,
    *,
    color: Color = (0.8, 0.8, 0.8),
    image: str | None = None,
    cutout: bool = False,
    glow: float = 0,
    rough: float = 0.5,
    tint: Color | None = None,
    shine: float = 0.4,
) -> bpy.types.Material:
    """A Principled material; cutout: the image's alpha is used; glow: subsurface weight; tint colours the image."""
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    inputs = nodes["Principled BSDF"].inputs
    inputs["Roughness"].default_value = rough
    inputs["Base Color"].default_value = (*color, 1)
    inputs["Specular IOR Level"].default_value = shine
    if glow:
        inputs["Subsurface Weight"].default_value = glow
        inputs["Subsurface Radius"].default_value = (0.10, 0.035, 0.018)
        inputs["Subsurface Scale"].default_value = 0.35
    if image:
        texture = nodes.new("ShaderNodeTexImage")
        texture.image = bpy.data.images.load(image, check_existing=True)
        out = texture.outputs["Color"]
        if tint:
            mix = nodes.new("ShaderNodeMix")
            mix.data_type, mix.blend_type = "RGBA", "MIX" if cutout else "MULTIPLY"
            mix.inputs["Factor"].default_value = 0.8 if cutout else 1
            links.new(out, mix.inputs[6])  # A and B of the colour mix: the names are shared by all data types
            mix.inputs[7].default_value = (*tint, 1)
            out = mix.outputs[2]
        links.new(out, inputs["Base Color"])
        if cutout:
            links.new(texture.outputs["Alpha"], inputs["Alpha"])
    return material


def _add_mesh(
    name: str, mesh: Mesh, vertices: Vertices, material: bpy.types.Material, seen: npt.NDArray[np.bool_] | None = None
) -> tuple[bpy.types.Object, Indices]:
    """Add the faces whose vertices are all `seen`; returns the object and the numbers of the vertices it uses."""
    kept = [k for k, face in enumerate(mesh.faces) if seen is None or all(seen[i] for i in face)]
    faces = [mesh.faces[k] for k in kept]
    used = np.unique(np.concatenate([np.array(face) for face in faces]))
    number = {int(old): new for new, old in enumerate(used)}
    data = bpy.data.meshes.new(name)
    data.from_pydata([tuple(p) for p in vertices[used]], [], [[number[i] for i in face] for face in faces])
    if len(mesh.uvs):
        flat = np.array([mesh.uvs[i] for k in kept for i in mesh.uv_faces[k]], np.float32)
        data.uv_layers.new(name="uv").data.foreach_set("uv", flat.ravel())
    data.materials.append(material)
    data.polygons.foreach_set("use_smooth", [True] * len(faces))
    data.update()
    return _link(name, data), used


def _link(name: str, data: bpy.types.ID) -> bpy.types.Object:
    thing = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(thing)
    return thing


def _set_up_renderer(quality: Quality) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = quality.samples
    scene.cycles.use_denoising = True
    scene.cycles.max_bounces = 4
    scene.render.resolution_x, scene.render.resolution_y = quality.width, quality.height
    scene.render.resolution_percentage = 100
    scene.render.use_persistent_data = True
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "PNG"


def _add_room(studio: Studio, eye_height: float, wall: Color) -> None:
    """Three lights, a wall, what hangs on it, and the camera."""
    y, side, warmth = eye_height, studio.side, studio.warmth
    warm_white = (1.0, 0.96 * warmth + 0.04, 0.9 * warmth)
    _add_light((side * 5, y + 3, 8), 4, studio.key_light, warm_white, eye_height)
    _add_light((-side * 6, y + 1, 6), 6, 260, (1, 1, 1), eye_height)
    _add_light((side * 2, y + 5, -3), 3, 250, (1, 1, 1), eye_height)
    world = bpy.data.worlds.new("world")
    world.use_nodes = True
    background = world.node_tree.nodes["Background"].inputs
    background[0].default_value, background[1].default_value = (0.9, 0.95, 1, 1), 0.35
    bpy.context.scene.world = world
    _add_rectangle("wall", (-30, y - 20, -9), (60, 40), _material("wall", color=wall, rough=0.95, shine=0))
    for picture in studio.pictures:
        material = _material("picture", color=picture.color, rough=0.8)
        _add_rectangle("picture", (picture.x, picture.y, picture.z), (picture.w, picture.h), material)
    lens = bpy.data.cameras.new("camera")
    lens.lens = FOCAL_MM
    camera = _link("camera", lens)
    camera.location = studio.camera
    camera.rotation_euler = mathutils.Matrix(studio.axes().tolist()).to_euler()
    bpy.context.scene.camera = camera


def _add_light(at: tuple[float, float, float], size: float, watts: float, color: Color, eye_height: float) -> None:
    data = bpy.data.lights.new("light", "AREA")
    data.size, data.energy, data.color = size, watts, color
    light = _link("light", data)
    light.location = at
    towards = mathutils.Vector((0 - at[0], eye_height - at[1], 0.8 - at[2]))
    light.rotation_euler = towards.to_track_quat("-Z", "Y").to_euler()


def _add_rectangle(
    name: str, at: tuple[float, float, float], size: tuple[float, float], material: bpy.types.Material
) -> None:
    (x, y, z), (w, h) = at, size
    data = bpy.data.meshes.new(name)
    data.from_pydata([(x, y, z), (x + w, y, z), (x + w, y + h, z), (x, y + h, z)], [], [[0, 1, 2, 3]])
    data.materials.append(material)
    _link(name, data)
