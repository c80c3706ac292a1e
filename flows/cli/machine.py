"""Commands about this machine: engines, doctor, gc."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Allow, AsJson, ProjectFile, project_file
from flows.cli.say import Exit, document, table, tell

if TYPE_CHECKING:
    from engines.contract import Engine


def register(app: typer.Typer) -> None:
    app.command()(engines)
    app.command()(doctor)
    app.command()(gc)


def engines(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One engine, with all its settings.")] = None,
    mocks: Annotated[bool, typer.Option("--mocks", help="The engines for tests, too.")] = False,
    as_json: AsJson = False,
) -> int:
    """What is installed, what each engine makes, and its settings.

    Examples:

        cutaway engines

        cutaway engines animator/portrait
    """
    from engines.registry import engine, missing, names

    if name is not None:
        return _one_engine(name, as_json)
    found = [engine(each) for each in names() if mocks or not each.startswith("mock/")]
    if as_json:
        document({"engines": [_facts(each) for each in found]})
        return Exit.DONE
    table(
        ("engine", "makes", "here", "what it is"),
        ((each.name, ", ".join(sorted(each.does)), _lacking(missing(each)) or "yes", each.says) for each in found),
    )
    return Exit.DONE


def doctor(as_json: AsJson = False) -> int:
    """Whether this machine can render: packages, programs, names, space.

    Example:

        cutaway doctor
    """
    from flows.doctor import diagnose

    results = diagnose()
    if as_json:
        document({"checks": [{"check": r.check, "ok": r.ok, "words": r.words, "remedy": r.remedy} for r in results]})
    else:
        table(
            ("", "check", "found", "remedy"),
            (("ok" if r.ok else "LACKS", r.check, r.words, "" if r.ok else r.remedy) for r in results),
        )
    return Exit.DONE if all(result.ok for result in results) else Exit.LACKS


def gc(
    file: ProjectFile,
    delete: Annotated[bool, typer.Option("--delete", help="Really delete; otherwise only show.")] = False,
    paid: Annotated[
        list[str] | None, typer.Option("--paid", metavar="NAME", help="Also this paid or picked part, by name.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Read every part and check its digest.")] = False,
    as_json: AsJson = False,
    allow: Allow = None,
) -> int:
    """Free space: parts that the project does not use any more. Paid and picked takes stay unless named.

    Examples:

        cutaway gc project.yaml

        cutaway gc project.yaml --delete
    """
    from flows.sweep import collect
    from flows.workplace import open_project

    place = open_project(project_file(file), tuple(allow or ()))
    found = collect(place, delete, frozenset(paid or ()), verify)
    if found.unknown:
        raise typer.BadParameter(f"no paid or picked part is called {', '.join(sorted(found.unknown))}")
    if as_json:
        document(
            {
                "freed": found.freed if delete else 0,
                "unused": [part.name for part in found.unused],
                "kept_paid": [part.name for part in found.kept],
                "damaged": [part.name for part in found.damaged],
                "between": {"parts": len(found.between), "bytes": found.between_bytes},
            }
        )
        return Exit.DONE
    size = f"{found.freed / 1e6:.1f} MB"
    tell(f"{len(found.unused)} unused parts, {size}" + (" deleted" if delete else "; --delete frees them"))
    if found.kept:
        tell(
            f"{len(found.kept)} unused but paid or picked parts are kept: " + ", ".join(p.name[:12] for p in found.kept)
        )
    if found.between:
        tell(
            f"{len(found.between)} intermediate results of engines (embeddings, latents), "
            f"{found.between_bytes / 1e6:.1f} MB, stay: takes use them, or they are younger than a week"
        )
    for part in found.damaged:
        tell(f"damaged: {part.name[:12]} ({part.recipe.get('engine')}); it is made again by the next render")
    return Exit.DONE


def _one_engine(name: str, as_json: bool) -> int:
    from edl.suggest import meant
    from engines.registry import engine, names

    try:
        found = engine(name)
    except KeyError:
        raise typer.BadParameter(f"there is no engine {name}. {meant(name, names())}") from None
    if as_json:
        document({**_facts(found), "params": found.params.model_json_schema()})
        return Exit.DONE
    tell(f"{found.name}: {found.says}")
    if found.limits.stand_in:
        tell(f"stands in for {found.limits.stand_in}")
    rows = [
        (field, str(info.annotation).replace("typing.", ""), str(info.default), info.description or "")
        for field, info in found.params.model_fields.items()
    ]
    table(("setting", "type", "default", "meaning"), rows)
    return Exit.DONE


def _facts(found: Engine) -> dict[str, object]:
    from engines.registry import missing

    limits = found.limits
    return {
        "name": found.name,
        "says": found.says,
        "makes": sorted(found.does),
        "pixels": found.pixels,
        "missing": list(missing(found)),
        "seeded": limits.seeded,
        "invents": limits.invents,
        "paid": limits.paid,
        "longest": float(limits.longest) if limits.longest else None,
        "stable": float(limits.stable) if limits.stable else None,
        "stand_in": limits.stand_in,
    }


def _lacking(absent: tuple[str, ...]) -> str:
    return f"needs {', '.join(absent)}" if absent else ""
