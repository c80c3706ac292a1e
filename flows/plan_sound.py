"""Planning what is heard: the programme's sound."""

from __future__ import annotations

from collections.abc import Mapping

from edl.clock import rate_text
from edl.project import Clip, Spoken
from edl.timeline import Timeline
from flows.drafting import Drafted, Situation, draft_step
from flows.plan import Source, StepKind
from flows.plan_takes import Take


def plan_mix(
    situation: Situation, timeline: Timeline, takes: Mapping[str, Take], voices: Mapping[str, Drafted]
) -> Drafted:
    """The step that mixes what sounds on the timeline: voices, footage, music."""
    project, engine = situation.project, situation.find_engine("conformer/mix")
    sources: dict[str, Source | str] = {}
    sounds: list[dict[str, object]] = []

    def lay(source: Source | str, frame: int, frames: int, speech: bool) -> None:
        name = f"sound{len(sounds)}"
        sources[name] = source
        sounds.append({"input": name, "frame": frame, "frames": frames, "speech": speech})

    for slot in (*timeline.spine, *timeline.overlays):
        segment = project.segment(slot.segment)
        if isinstance(segment, Spoken) and segment.sound is not False:
            voice = voices[segment.id]
            if voice.part is not None or not situation.slates:
                lay(voice.source(), slot.start + slot.voice, slot.frames - slot.voice, True)
        elif isinstance(segment, Clip) and (segment.sound if segment.sound is not None else segment.over is None):
            take, dub = takes[segment.id].parts[0], takes[segment.id].dub
            if dub is not None:
                if dub.part is not None or not situation.slates:
                    lay(dub.source(), slot.start, slot.frames, False)
                continue
            own = str(take.part.facts.get("sound", "")) if take.part else ""
            if take.part is None and not situation.slates:
                lay(take.step.id, slot.start, slot.frames, False)
            elif own:
                lay(take.source(own), slot.start, slot.frames, False)
    beds = []
    for at, bed in enumerate(project.music):
        sources[f"music{at}"] = situation.source(bed.file)
        beds.append({"input": f"music{at}", "gain": bed.gain, "duck": bed.duck})
    if not timeline.exact and not situation.slates:
        sources["length"] = next(
            (f"voice:{slot.segment}" for slot in timeline.spine if not slot.exact), "the length of the programme"
        )
    params = engine.params.model_validate(
        {
            "loudness": project.output.loudness,
            "voices": sounds,
            "music": beds,
            "fps": rate_text(timeline.fps),
            "frames": timeline.frames,
        }
    )
    seconds = float(timeline.frames / timeline.fps)
    return draft_step(situation, "mix", "", StepKind.MIX, engine, params, sources, units=seconds)
