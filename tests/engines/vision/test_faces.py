"""Faces are found at any size, counted, and measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from engines.vision.faces import measure_faces, pose

HOST = Path(__file__).parents[3] / "projects" / "demo" / "assets" / "host.jpg"


def saved(folder: Path, image: Image.Image) -> Path:
    image.save(folder / "still.png")
    return folder / "still.png"


def test_a_studio_portrait_is_frontal_sharp_and_closed() -> None:
    face = measure_faces(HOST)
    assert face.faces == 1
    assert max(abs(face.yaw), abs(face.pitch), abs(face.roll)) < 6
    assert 250 < face.eye_distance < 330
    assert face.mouth_gap < 0.02
    assert face.sharpness > 0.1
    assert face.covered < 20
    assert not face.cropped


def test_a_picture_without_a_face_has_none(tmp_path: Path) -> None:
    assert measure_faces(saved(tmp_path, Image.new("RGB", (400, 300), (80, 120, 90)))).faces == 0


def test_a_small_face_in_a_large_picture_is_found_and_measured(tmp_path: Path) -> None:
    canvas = Image.new("RGB", (1600, 900), (120, 122, 125))
    canvas.paste(Image.open(HOST).resize((220, 220), Image.Resampling.LANCZOS), (1100, 500))
    face = measure_faces(saved(tmp_path, canvas))
    assert face.faces == 1
    assert face.eye_distance == pytest.approx(296 * 220 / 1280, rel=0.06)
    assert face.box[0] > 1100


def test_several_faces_are_counted(tmp_path: Path) -> None:
    host = Image.open(HOST).resize((500, 500), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", (1000, 500))
    canvas.paste(host, (0, 0))
    canvas.paste(host.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (500, 0))
    assert measure_faces(saved(tmp_path, canvas)).faces == 2


def test_tilt_is_measured(tmp_path: Path) -> None:
    tilted = Image.open(HOST).resize((640, 640)).rotate(-20, fillcolor=(110, 110, 112))
    face = measure_faces(saved(tmp_path, tilted))
    assert face.roll == pytest.approx(19, abs=4)


def test_a_cropped_face_is_noticed(tmp_path: Path) -> None:
    assert measure_faces(saved(tmp_path, Image.open(HOST).crop((470, 200, 1000, 1000)))).cropped


def test_blur_and_darkness_are_measured(tmp_path: Path) -> None:
    host = Image.open(HOST).resize((640, 640))
    assert measure_faces(saved(tmp_path, host.filter(ImageFilter.GaussianBlur(8)))).sharpness < 0.035
    assert measure_faces(saved(tmp_path, host.point(lambda value: value // 5))).brightness < 50


def test_pose_of_a_turned_head() -> None:
    points = np.zeros((478, 3))
    angle = np.radians(25)
    points[33], points[263] = (-np.cos(angle), 0, np.sin(angle)), (np.cos(angle), 0, -np.sin(angle))
    points[10], points[152] = (0, -1, 0), (0, 1, 0)
    assert abs(pose(points)[0]) == pytest.approx(25)
