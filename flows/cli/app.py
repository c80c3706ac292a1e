"""The command line: ``cutaway COMMAND``. Each command lives in a module of its name's group."""

from __future__ import annotations

import sys

import typer

from edl.errors import Cancelled, EnvironmentLacks, ProjectInvalid
from flows.cli import export, machine, models, project, rendering, retake, takes
from flows.cli.say import Exit, document, findings_json, show_findings

app = typer.Typer(
    name="cutaway",
    help="One project file in, one finished video out: people speak by an animator, the picture cuts away to moving "
    "stills.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
for group in (project, rendering, export, takes, retake, machine, models):
    group.register(app)


def main() -> None:
    """Run the command line and leave with the exit code of the design."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; the exit code. Nothing but a defect ends in a traceback."""
    try:
        result = app(arguments, standalone_mode=False)
    except typer.Exit as leave:
        return leave.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return Exit.DONE
    except (Exception, KeyboardInterrupt) as error:
        return _answer(error, "--json" in arguments)
    return int(result) if isinstance(result, int) else Exit.DONE


def _answer(error: Exception | KeyboardInterrupt, as_json: bool) -> int:
    """Say what went wrong; the exit code.

    :raises Exception: the error itself, where it is a defect
    """
    if isinstance(error, ProjectInvalid):
        code, words = Exit.PROJECT_WRONG, _wrong(error, as_json)
        said: dict[str, object] = {"error": "the project is wrong", "findings": findings_json(error.findings)}
    elif isinstance(error, EnvironmentLacks):
        code, words = Exit.LACKS, f"{error}\n-> {error.remedy}"
        said = {"error": str(error), "remedy": error.remedy}
    elif isinstance(error, (Cancelled, KeyboardInterrupt, typer.Abort)):
        code, words = Exit.STOPPED, "stopped; all that was finished is kept, run again to go on"
        said = {"error": "stopped"}
    else:
        show = getattr(error, "show", None)  # a usage error of the command line says itself
        if show is None:
            raise error
        if as_json:
            document({"error": str(error)})
        show()
        return int(getattr(error, "exit_code", Exit.USAGE))
    if as_json:
        document(said)
    sys.stderr.write(words + "\n")
    return code


def _wrong(error: ProjectInvalid, as_json: bool) -> str:
    if not as_json:
        show_findings(error.findings, most=len(error.findings))
    count = len(error.findings)
    return f"{count} finding{'s' if count > 1 else ''}; nothing was rendered"


if __name__ == "__main__":
    main()
