"""Prompt embeddings: each text is encoded once a project, then kept; text encoders are loaded only where one is new."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from pydantic import JsonValue
from safetensors.torch import load, save

from edl.errors import Refused
from edl.recipe import Recipe
from engines.contract import Keep
from engines.diffusion.rig.faults import free, memory_at
from engines.diffusion.rig.pipeline import Setup, load_text

Embeds = dict[str, torch.Tensor]

MOST_HELD = 32


def usual_negative(pipe: Any) -> str:
    """What a family guides away from where nothing is said."""
    return str(getattr(sys.modules[type(pipe).__module__], "DEFAULT_NEGATIVE_PROMPT", ""))


@dataclass
class Prompter:
    """Gives the embeddings of a text, from the store where they are kept.

    ``weights``: digest of the model. ``ours``: the pipeline that samples, which knows how its texts are conditioned.
    """

    setup: Setup
    weights: str
    ours: Callable[[], Any]
    encoder: Any = None
    held: dict[str, Embeds] = field(default_factory=dict)

    def embeds(
        self, text: str, keep: Keep, seen: Image.Image | None = None, seen_digest: str = "", against: bool = False
    ) -> Embeds:
        """The embeddings of one text, on the processor, batch 1.

        :param seen: the picture that this family reads together with the text (HunyuanVideo), with its digest
        :param against: a negative prompt, for which that family takes more of the picture
        """
        family = self.setup.family
        inputs = {"image": seen_digest} if seen is not None else {}
        asked: dict[str, JsonValue] = {"family": family.name, "text": text, "dtype": str(self.setup.dtype)}
        if seen is not None and against:
            asked["against"] = True
        recipe = Recipe("diffusion/embedding", 1, asked, inputs=inputs, weights=self.weights)
        if recipe.name not in self.held:
            while len(self.held) >= MOST_HELD:
                self.held.pop(next(iter(self.held)))
            self.held[recipe.name] = self._found(recipe, text, keep, seen, against)
        else:
            keep.find(recipe)  # so that the store knows who uses it
        return self.held[recipe.name]

    def done(self) -> None:
        """Give the memory of the text encoders back."""
        self.encoder = None
        free()

    def _found(self, recipe: Recipe, text: str, keep: Keep, seen: Image.Image | None, against: bool) -> Embeds:
        if (file := keep.find(recipe)) is not None:
            return dict(load(file.read_bytes()))
        found: Embeds = self._encoded(text, seen, against)
        keep.put(recipe, save(found))
        return found

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _encoded(self, text: str, seen: Image.Image | None, against: bool) -> Embeds:
        ours = self.ours()
        if (checker := getattr(ours, "safety_checker", None)) is not None and not checker.check_text_safety(text):
            raise Refused(f"the guardrail of {self.setup.family.name} refuses this prompt")
        if self.encoder is None:
            self.encoder = load_text(self.setup, ours)
        taken = inspect.signature(self.encoder.encode_prompt).parameters
        asked: dict[str, Any] = {"prompt": text, "device": torch.device(self.setup.device), "dtype": self.setup.dtype}
        if "do_classifier_free_guidance" in taken:
            asked["do_classifier_free_guidance"] = False
        if "max_sequence_length" in taken and self.setup.family.tokens:
            asked["max_sequence_length"] = self.setup.family.tokens
        if "image" in taken:
            asked["image"] = seen
        if "image_embed_interleave" in taken and not against:  # the pipeline leaves it out there
            kind = ours.transformer.config.image_condition_type
            asked["image_embed_interleave"] = {"latent_concat": 2, "token_replace": 4}.get(kind, 1)
        with memory_at("while the prompt was encoded", "set params.offload, or choose another machine"):
            told = self.encoder.encode_prompt(**asked)
        named = zip(self.setup.family.embeds, told, strict=False)
        return {name: value.detach().to("cpu").contiguous() for name, value in named}
