"""The command line: ``cutaway COMMAND``. Each command lives in a module of its name's group."""

from __future__ import annotations

import sys

import typer

from edl.errors import Cancelled, EnvironmentLacks, ProjectInvalid
from flows.cli import machine, project, rendering, takes
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
for group in (project, rendering, takes, machine):
    group.register(app)


def main() -> None:
    """Run the command line and leave with the exit code of the design."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; the exit code. Nothing but a defect ends in a traceback."""
    as_json = "--json" in arguments
    try:
        result = app(arguments, standalone_mode=False)
        return int(result) if isinstance(result, int) else Exit.DONE
    except ProjectInvalid as error:
        if as_json:
            document({"error": "the project is wrong", "findings": findings_json(error.findings)})
        else:
            show_findings(error.findings)
            count = len(error.findings)
            _complain(f"{count} finding{'s' if count > 1 else ''}; nothing was rendered")
        return Exit.PROJECT_WRONG
    except EnvironmentLacks as error:
        if as_json:
            document({"error": str(error), "remedy": error.remedy})
        _complain(f"{error}\n-> {error.remedy}")
        return Exit.LACKS
    except (Cancelled, KeyboardInterrupt, typer.Abort):
        if as_json:
            document({"error": "stopped"})
        _complain("stopped; all that was finished is kept, run again to go on")
        return Exit.STOPPED
    except typer.Exit as leave:
        return leave.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        return Exit.DONE
    except Exception as error:
        shown = getattr(error, "show", None)
        if shown is None:
            raise
        shown()
        return int(getattr(error, "exit_code", Exit.USAGE))


def _complain(words: str) -> None:
    sys.stderr.write(words + "\n")


if __name__ == "__main__":
    main()
