"""The command that hands a film over in other formats: its captions as SRT and WebVTT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Allow, AsJson, ProjectFile, project_file
from flows.cli.say import Exit, document, tell

if TYPE_CHECKING:
    from flows.workplace import Workplace

FORMS = ("srt", "vtt")


def register(app: typer.Typer) -> None:
    app.command(name="export")(export)


def export(
    file: ProjectFile,
    to: Annotated[str, typer.Option("--to", metavar="FORMATS", help="srt, vtt, or both with a comma between.")] = "srt",
    as_json: AsJson = False,
    allow: Allow = None,
) -> int:
    """Write the captions of every language, without rendering: the voices must have been made before.

    Examples:

        cutaway export project.yaml --to srt,vtt

        cutaway export project.yaml --to vtt --json | jq .files
    """
    from flows.workplace import open_project

    forms = [form.strip() for form in to.split(",") if form.strip()]
    if not forms or not set(forms) <= set(FORMS):
        raise typer.BadParameter(f"{to} is not made of {' and '.join(FORMS)}", param_hint="--to")
    place = open_project(project_file(file), tuple(allow or ()))
    waiting, written = _written(place, forms)
    if waiting:
        words = f"the voice of {', '.join(waiting)} is not made yet; run cutaway render first"
        document({"error": words, "files": []}) if as_json else tell(words)
        return Exit.SOME_FAILED
    files = [path.relative_to(place.folder).as_posix() for path in written]
    document({"files": files}) if as_json else tell("\n".join(files) or "no words are heard in this film: no captions")
    return Exit.DONE


def _written(place: Workplace, forms: list[str]) -> tuple[list[str], list[Path]]:
    """Segments whose voice is missing, else the files written."""
    from engines.conformer.captions import written
    from flows.local_store import trouble, write_durably
    from flows.plan_takes import plan_voices
    from flows.planner import timeline_of
    from flows.wordings import cues_of, languages_of, speech_of
    from flows.workplace import Memory, situate, survey

    situation = situate(place, survey(place), place.picks()[0], Memory(place.store))
    project = place.loaded.project
    voices = plan_voices(situation)
    timeline = timeline_of(situation, voices)
    waiting = [each.id for each, _ in speech_of(project, timeline) if voices[each.id].part is None]
    paths: list[Path] = []
    for language in languages_of(project) if not waiting else ():
        cues = cues_of(situation, timeline, voices, language)
        listed = tuple((cue.start, cue.end, cue.text) for cue in cues)
        for form in forms if cues else ():
            path = place.folder / place.out / "captions" / f"{language}.{form}"
            text = written(form, listed, timeline.fps)
            with trouble(path.parent):
                path.parent.mkdir(parents=True, exist_ok=True)
                if not path.exists() or path.read_bytes() != text.encode():
                    write_durably(path, text)
            paths.append(path)
    return waiting, paths
