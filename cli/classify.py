"""The verbs that name what is at points: train a classifier, and have it classify."""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cli import exits
from cli.progress import Bar
from cli.server import connect
from cli.submit import fetch, follow, read_params, report
from darkroom.client import Client
from darkroom.client_answers import Classifier, Job, Media
from darkroom.client_errors import ClientError
from darkroom.errors import Invalid

GRID = re.compile(r"(\d{1,4})[xX×](\d{1,4})")
URL = re.compile(r"https?://", re.IGNORECASE)
NOT_FOUND = 404
PLACES = "write row,column and put ; between points, as in '120,340;0,0'"


def declare_train(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=int, metavar="SOURCE")
    parser.add_argument("--name", help="of the classifier")
    parser.add_argument("--head", choices=("logistic", "mlp"), default="logistic")
    parser.add_argument("--backbone", type=int, metavar="ID", help="in place of the built-in one")
    parser.add_argument("--balance", action="store_true", help="rare labels weigh as much as frequent ones")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--detach", action="store_true", help="print the classifier's id and leave")
    parser.add_argument("--model", type=Path, metavar="FILE", help="save the model there, one ONNX file")
    parser.set_defaults(run=train)


def declare_classify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("images", nargs="+", metavar="FILE|URL")
    parser.add_argument("--classifier", type=int, required=True, metavar="ID")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--grid", metavar="ROWSxCOLUMNS", help="over the whole picture, as in 10x10")
    where.add_argument("--points", metavar="POINTS", help=PLACES)
    parser.add_argument("--method", choices=("uniform", "random", "stratified"), default="uniform")
    parser.add_argument("--seed", type=int, default=0, help="of a grid's random points")
    parser.add_argument("--top", type=int, default=5, help="labels of each point (5)")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write one line per point there")
    parser.add_argument("--no-overlay", action="store_true", help="draw no pictures of the labelled points")
    parser.add_argument(
        "--param", action="append", default=[], metavar="KEY=JSON", help="any other parameter"
    )
    parser.add_argument("--detach", action="store_true", help="print the job's id and leave")
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("out"), metavar="DIR", help="for pictures (out/)"
    )
    parser.set_defaults(run=classify)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {
    "train": declare_train,
    "classify": declare_classify,
}


def train(arguments: argparse.Namespace) -> int:
    """Order a classifier; unless detached, wait for it and print how it did on images it had not seen."""
    how = {"head": arguments.head, "balance": arguments.balance, "seed": arguments.seed}
    if arguments.backbone is not None:
        how["backbone"] = arguments.backbone
    with connect() as client, Bar() as bar:
        made = client.sources.train(arguments.source, arguments.name, **how)
        if arguments.detach:
            print(made.id)
            return exits.OK
        print(f"classifier {made.id}", file=sys.stderr)
        _watch(client, bar, made)
        made = client.classifiers.wait(made)
        if arguments.model is not None:
            client.classifiers.save_model(made, arguments.model)
    _show(made)
    return exits.OK


def classify(arguments: argparse.Namespace) -> int:
    """Upload, order, wait, and print or save what is at each point."""
    where = read_where(arguments)
    more = {"top": arguments.top, "overlay": not arguments.no_overlay, **read_params(arguments.param)}
    for image in arguments.images:
        if not URL.match(image) and not Path(image).is_file():
            raise Invalid(f"{image}: no such file")
    if arguments.csv is not None and not arguments.csv.parent.is_dir():
        raise Invalid(f"{arguments.csv.parent}: no such folder", where="--csv")
    with connect() as client, Bar() as bar:
        client.classifiers.get(arguments.classifier)  # a slip of the pen costs no upload
        images = _send(client, bar, arguments.images)
        job = client.classifiers.classify(arguments.classifier, images, **where, **more)
        if arguments.detach:
            print(job.id)
            return exits.OK
        job = follow(client, bar, job)
        table = client.classifiers.classifications_csv(job) if job.has_result() else ""
        paths = [] if arguments.no_overlay else _pictures(client, bar, job, arguments.out)
    if arguments.csv is None:
        sys.stdout.write(table)
    elif table:
        arguments.csv.write_text(table, encoding="utf-8")
    return report(job, paths)


def read_where(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the points, or the grid, that the words say. Raises Invalid."""
    if arguments.grid is not None:
        found = GRID.fullmatch(arguments.grid)
        if found is None:
            raise Invalid(f"{arguments.grid!r} is no grid", where="--grid", hint="write 10x10")
        size = {"rows": int(found[1]), "columns": int(found[2])}
        return {"grid": {**size, "method": arguments.method, "seed": arguments.seed}}
    return {"points": [_read_place(text) for text in arguments.points.split(";") if text.strip()]}


def _read_place(text: str) -> tuple[int, int]:
    try:
        row, column = (int(part) for part in text.split(","))
    except ValueError as error:
        raise Invalid(f"{text.strip()!r} is no point", where="--points", hint=PLACES) from error
    return row, column


def _send(client: Client, bar: Bar, images: list[str]) -> list[Media | str]:
    sent: list[Media | str] = []
    for number, image in enumerate(images, start=1):
        sent.append(image if URL.match(image) else client.upload(image))
        bar.count("upload", number, len(images))
    return sent


def _pictures(client: Client, bar: Bar, job: Job, folder: Path) -> list[Path]:
    return [path for path in fetch(client, bar, job, folder) if path.suffix != ".json"]


def _watch(client: Client, bar: Bar, made: Classifier) -> None:
    """Show how far a training is, as long as its job may be seen: it is that of the source's owner."""
    if made.job is None or made.state != "training":
        return
    try:
        client.wait(made.job, bar.job)
    except ClientError as error:
        if error.status != NOT_FOUND:
            raise


def _show(classifier: Classifier) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("classifier", f"{classifier.id}, {classifier.name}")
    for name, value in (classifier.figures or {}).items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            table.add_row(name.replace("_", " "), f"{value:.4g}" if isinstance(value, float) else str(value))
    Console().print(table)
