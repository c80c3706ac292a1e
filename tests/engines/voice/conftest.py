"""A loaded voice for every test of this folder, and sound that needs no model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edl.facts import VoiceFacts
from engines.contract import Made, Order, Session
from engines.media.sound import read_sound
from engines.voice.hibari import ENGINE, HibariParams

Samples = NDArray[np.float32]
Speak = Callable[..., tuple[VoiceFacts, Path]]


@pytest.fixture(scope="session")
def voice() -> Iterator[Session]:
    """hibari, loaded once."""
    session = ENGINE.open("cpu")
    yield session
    session.close()


@pytest.fixture
def speak(voice: Session, make_order: Callable[..., Order]) -> Speak:
    """Speaks a text: ``speak(say, speed=1.0)`` returns the facts and the sound file."""

    def say_it(say: str, speed: float = 1.0) -> tuple[VoiceFacts, Path]:
        order = make_order(HibariParams(say=say, speed=speed))
        made = voice.render(order)
        return facts_in(made), order.folder / made.media

    return say_it


def facts_in(made: Made) -> VoiceFacts:
    """The voice facts of a part."""
    return VoiceFacts.model_validate(made.facts["voice"])


@pytest.fixture
def samples_of() -> Callable[[Path], Samples]:
    """Mono samples of a file."""
    return lambda path: read_sound(path)[0][:, 0]
