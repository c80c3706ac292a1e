"""Commands about the weights of models: what there is, fetching and verifying."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import AsJson
from flows.cli.say import Exit, document, table, tell

if TYPE_CHECKING:
    from flows.models import Gpu, Model

group = typer.Typer(
    help="Weights of image-to-video models: list, download, verify.", invoke_without_command=True, add_completion=False
)


def register(app: typer.Typer) -> None:
    group.callback()(models)
    group.command()(download)
    group.command()(verify)
    app.add_typer(group, name="models")


def models(context: typer.Context, as_json: AsJson = False) -> int:
    """The families that diffusion/local knows: licence, memory, whether they fit this machine, and where their weights
    are. Nothing is downloaded.

    Examples:

        cutaway models

        cutaway models download wan2.2-5b
    """
    if context.invoked_subcommand is not None:
        return Exit.DONE
    from flows import models as weights

    gpu = weights.find_gpu()
    found = list(weights.models())
    if as_json:
        card = {"name": gpu.name, "memory": round(gpu.memory, 1)} if gpu else None
        document({"gpu": card, "models": [_facts(model, gpu) for model in found]})
        return Exit.DONE
    tell(f"graphics card: {gpu.name}, {gpu.memory:.0f} GiB\n" if gpu else "graphics card: none that torch can use\n")
    table(
        ("family", "licence", "commercial use", "memory", "fits", "weights"),
        (
            (
                model.family.name,
                model.family.terms.name,
                model.family.terms.commercial,
                f"{model.family.memory:g} GiB",
                model.fits(gpu),
                f"{model.size / 1e9:.1f} GB" if model.folder else "not here",
            )
            for model in found
        ),
    )
    for model in found:
        if model.folder:
            tell(f"{model.family.name}: {model.folder}")
    tell("\nLicences are as far as known here; the model's page on the hub decides.")
    return Exit.DONE


def download(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="A family, or the name of a model on the hub.")],
    to: Annotated[Path | None, typer.Option(help="A folder; left out: the hub's cache of this user.")] = None,
    revision: Annotated[str, typer.Option(help="Branch, tag or commit; left out: the main branch as it is now.")] = "",
    as_json: AsJson = False,
) -> int:
    """Fetch the weights of a family from the hub. Looks at the disk first, goes on where it was stopped, and keeps the
    digest of every file.

    Examples:

        cutaway models download wan2.2-5b

        cutaway models download ltx --to /data/models/ltx
    """
    from flows import models as weights
    from flows.hub import HuggingFace

    try:
        name = weights.model_name(family)
    except KeyError:
        from edl.suggest import meant
        from engines.diffusion.rig.families import FAMILIES

        raise typer.BadParameter(f"there is no family {family}. {meant(family, FAMILIES, 'family')}") from None
    target = to.expanduser().absolute() if to else None
    folder = weights.download(name, revision, target, HuggingFace(as_json), tell if not as_json else lambda words: None)
    if as_json:
        document({"model": name, "folder": str(folder)})
    else:
        tell(f"{folder}" + (f"\nIn a project: params: {{weights: {folder}}}" if to else ""))
    return Exit.DONE


def verify(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="A model's folder, or a family.")],
    as_json: AsJson = False,
) -> int:
    """Whether the weights in a folder are whole: every file that its index names, its length, and its digest where it
    was kept at download.

    Example:

        cutaway models verify wan2.2-5b
    """
    from flows import models as weights

    place = weights.here(folder)
    wrong = list(weights.verify(place, tell if not as_json else lambda words: None))
    compared = weights.is_known(place)
    if as_json:
        document({"folder": str(place), "wrong": wrong, "digests": compared})
    else:
        how = "sizes and digests" if compared else "lengths and headers; no digests were kept at download"
        tell("\n".join(wrong) if wrong else f"whole ({how})")
        if wrong:
            tell("-> delete what is wrong and run cutaway models download again")
    return Exit.LACKS if wrong else Exit.DONE


def _facts(model: Model, gpu: Gpu | None) -> dict[str, object]:
    family = model.family
    return {
        "family": family.name,
        "hub": family.hub,
        "licence": family.terms.name,
        "commercial": family.terms.commercial,
        "memory": family.memory,
        "fits": model.fits(gpu),
        "folder": str(model.folder) if model.folder else None,
        "size": model.size,
        "lacks": model.lacks,
    }
