"""The `darkroom` command: finds the verb, runs it, and turns every error into one calm line and an exit status."""

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence

import darkroom
from cli import exits
from darkroom.client_errors import ClientError, Corrupt, NotMade, Unreachable
from darkroom.errors import DarkroomError, Invalid, Unavailable
from pipelines.errors import BadInput, CannotDecode

EXPECTED = (ClientError, DarkroomError, BadInput, CannotDecode, OSError)

# Their standard error is a log, in which an unexpected error belongs whole.
SERVICES = {"up", "web", "work", "sweep"}

# verb: (the module of `cli` that has it, one line). Only the module of the verb at hand is imported.
VERBS = {
    "up": ("up", "start API, workers and sweeper in this terminal"),
    "demo": ("demo", "start everything, track a movie, show the result, stop everything"),
    "submit": ("submit", "send a job to the server, wait for it, download the result"),
    "run": ("run", "do the same work here, without a server"),
    "jobs": ("ledger", "list your jobs"),
    "show": ("ledger", "show one job: state, attempts, files, where it came from"),
    "wait": ("ledger", "wait until a job has ended"),
    "cancel": ("ledger", "cancel a job"),
    "rerun": ("ledger", "do a job again on the same inputs"),
    "sources": ("sources", "make sets of labels, images and labelled points, to train from"),
    "train": ("classify", "train a classifier on a source, and say how it does"),
    "classify": ("classify", "name what is at points of pictures, by a trained classifier"),
    "doctor": ("doctor", "check settings, database, broker, store, workers; say what to do"),
    "web": ("processes", "serve the API"),
    "work": ("processes", "work on queues"),
    "sweep": ("processes", "take back what was lost, remove what nobody needs"),
    "migrate": ("processes", "bring the database to the newest schema"),
    "user": ("accounts", "list, add, disable, enable users"),
    "token": ("accounts", "list, add, revoke tokens"),
    "course": ("courses", "make Plant Tracer's courses, say who runs them, print login links"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = build_parser(words).parse_args(words)
    try:
        status: int = arguments.run(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except BrokenPipeError:  # the reader of our output has left, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except Exception as error:  # noqa: BLE001 - the last place where an error can become a calm line
        if arguments.debug or (arguments.verb in SERVICES and not isinstance(error, EXPECTED)):
            traceback.print_exc()
        return _tell(error)
    return status


def build_parser(words: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser; with words, only the verb among them has its arguments, since each costs imports."""
    parser = argparse.ArgumentParser(
        prog="darkroom", description="Develop scientific media: submit, poll, collect."
    )
    parser.add_argument("--version", action="version", version=f"darkroom {darkroom.__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    wanted = VERBS if words is None else set(words) & VERBS.keys()
    for verb, (module, summary) in VERBS.items():
        declared = verbs.add_parser(verb, help=summary, description=summary[0].upper() + summary[1:] + ".")
        declared.add_argument("--debug", action="store_true", help="show the traceback of an error")
        if verb in wanted:
            importlib.import_module(f"cli.{module}").DECLARE[verb](declared)
    return parser


def _tell(error: Exception) -> int:
    """Print what went wrong, in one line with what to do about it; return the exit status."""
    match error:
        case ClientError():
            _say(_located(error.message, error.pointer), error.hint)
            if isinstance(error, Unreachable):
                return exits.UNREACHABLE
            return exits.FAILED if isinstance(error, Corrupt | NotMade) else exits.USAGE
        case DarkroomError():
            where = error.where if isinstance(error, Invalid) else None
            _say(_located(error.message, where), error.hint)
            return exits.UNREACHABLE if isinstance(error, Unavailable) else exits.USAGE
        case BadInput() | CannotDecode():
            _say(error.message, error.hint)
            return exits.USAGE if isinstance(error, BadInput) else exits.FAILED
        case OSError():
            name = f"{error.filename}: " if error.filename else ""
            _say(f"{name}{error.strerror or error}", None)
            return exits.USAGE
        case _:
            _say(
                f"something unexpected: {type(error).__name__}: {error}",
                "--debug shows where; please report it",
            )
            return exits.FAILED


def _located(message: str, where: str | None) -> str:
    return f"{message} ({where})" if where else message


def _say(message: str, hint: str | None) -> None:
    print(f"darkroom: {message}" + (f"\n          {hint}" if hint else ""), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
