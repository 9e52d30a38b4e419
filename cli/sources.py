"""The verb about what classifiers are trained from: sources with their labels, images and labelled points."""

import argparse
import csv
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cli import exits
from cli.progress import Bar
from cli.server import connect
from darkroom.errors import Invalid

IMAGES_AT_ONCE = 100  # are uploaded before they are added: what broke off is sent again from there
CODE_COLUMNS = ("label code", "label")  # of a CSV, the first of them that it has


def declare(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(run=list_sources)
    actions = parser.add_subparsers(metavar="ACTION")
    creating = actions.add_parser("create", help="make an empty source and print its id")
    creating.add_argument("name")
    creating.add_argument("--description", default="")
    creating.add_argument("--public", action="store_true", help="anybody here may see and use it")
    creating.set_defaults(run=create)
    _add_action(actions, "show", "its labels with the numbers of their points, and its classifiers", show)
    labels = _add_action(actions, "labels", "add labels to its set", add_labels)
    labels.add_argument(
        "labels", nargs="+", metavar="CODE[=NAME]", help="as in CCA='Crustose coralline algae'"
    )
    images = _add_action(actions, "images", "upload pictures, and add them under their names", add_images)
    images.add_argument("files", nargs="+", type=Path, metavar="FILE")
    points = _add_action(
        actions, "points", "add labelled points from a CSV, as CoralNet exports it", add_points
    )
    points.add_argument("file", type=Path, metavar="CSV")
    points.add_argument("--replace", action="store_true", help="points that are there take the new label")
    points.add_argument(
        "--make-labels", action="store_true", help="make the labels that the CSV names, first"
    )
    _add_action(actions, "export", "print all labelled points as CSV", export)
    sharing = _add_action(actions, "share", "let a user see it, and use its classifiers", share)
    sharing.add_argument("user", metavar="USER")
    sharing.add_argument(
        "--may-edit", action="store_true", help="and change labels, images, points, and train"
    )
    ending = _add_action(actions, "unshare", "let a user see it no longer", unshare)
    ending.add_argument("user", metavar="USER")
    for action, is_public in (("publish", True), ("unpublish", False)):
        meaning = "let anybody here see it" if is_public else "let only its members see it"
        _add_action(actions, action, meaning, publish).set_defaults(is_public=is_public)
    _add_action(actions, "delete", "delete it with its labels, points and classifiers", delete)


DECLARE: dict[str, Callable[[argparse.ArgumentParser], None]] = {"sources": declare}


def _add_action(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    meaning: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=meaning)
    action.add_argument("source", type=int, metavar="SOURCE")
    action.set_defaults(run=run)
    return action


def list_sources(arguments: argparse.Namespace) -> int:
    table = Table("source", "name", "labels", "images", "points", "", box=None, pad_edge=False)
    with connect() as client:
        for one in client.sources.find():
            counts = (str(one.labels), str(one.images), str(one.points))
            table.add_row(str(one.id), one.name, *counts, "" if one.may_edit else "to look at")
    Console().print(table)
    return exits.OK


def create(arguments: argparse.Namespace) -> int:
    with connect() as client:
        made = client.sources.create(
            arguments.name, description=arguments.description, is_public=arguments.public
        )
    print(made.id)
    return exits.OK


def show(arguments: argparse.Namespace) -> int:
    labels = Table("label", "code", "name", "points", box=None, pad_edge=False)
    trained = Table("classifier", "name", "state", "accuracy", box=None, pad_edge=False)
    with connect() as client:
        found = client.sources.get(arguments.source)
        for label in client.sources.labels(found):
            labels.add_row(str(label.id), label.code, label.name, str(label.points))
        for one in client.classifiers.find(found):
            accuracy = (one.figures or {}).get("accuracy", "")
            trained.add_row(str(one.id), one.name, one.state, str(accuracy))
    print(f"source {found.id}, {found.name}: {found.images} images, {found.points} points")
    for table in (labels, trained):
        if table.row_count:
            Console().print(table)
    return exits.OK


def add_labels(arguments: argparse.Namespace) -> int:
    name_by_code = {}
    for written in arguments.labels:
        code, sign, name = written.partition("=")
        name_by_code[code.strip()] = name.strip() if sign else code.strip()
    with connect() as client:
        made = client.sources.add_labels(arguments.source, name_by_code)
    print(f"{len(made)} labels")
    return exits.OK


def add_images(arguments: argparse.Namespace) -> int:
    for path in arguments.files:
        if not path.is_file():
            raise Invalid(f"{path}: no such file")
    with connect() as client, Bar() as bar:
        known = {image.name for image in client.sources.images(arguments.source)}
        new = [path for path in arguments.files if path.name not in known]
        for first in range(0, len(new), IMAGES_AT_ONCE):
            media = []
            for path in new[first : first + IMAGES_AT_ONCE]:
                media.append(client.upload(path))
                bar.count("upload", first + len(media), len(new))
            client.sources.add_images(arguments.source, media)
    there = len(arguments.files) - len(new)
    print(f"{len(new)} images" + (f", {there} were there already" if there else ""))
    return exits.OK


def add_points(arguments: argparse.Namespace) -> int:
    with connect() as client:
        if arguments.make_labels:
            known = {label.code.casefold() for label in client.sources.labels(arguments.source)}
            new = {code: code for code in read_codes(arguments.file) if code.casefold() not in known}
            if new:
                client.sources.add_labels(arguments.source, new)
                print(f"{len(new)} labels", file=sys.stderr)
        counted = client.sources.import_points(arguments.source, arguments.file, replace=arguments.replace)
    print(", ".join(f"{number} {what}" for what, number in counted.items()))
    return exits.OK


def export(arguments: argparse.Namespace) -> int:
    with connect() as client:
        sys.stdout.write(client.sources.export_points(arguments.source))
    return exits.OK


def share(arguments: argparse.Namespace) -> int:
    with connect() as client:
        client.sources.share(arguments.source, arguments.user, may_edit=arguments.may_edit)
    return exits.OK


def unshare(arguments: argparse.Namespace) -> int:
    with connect() as client:
        client.sources.unshare(arguments.source, arguments.user)
    return exits.OK


def publish(arguments: argparse.Namespace) -> int:
    with connect() as client:
        client.sources.change(arguments.source, is_public=arguments.is_public)
    return exits.OK


def delete(arguments: argparse.Namespace) -> int:
    with connect() as client:
        client.sources.delete(arguments.source)
    return exits.OK


def read_codes(path: Path) -> list[str]:
    """Return the codes of the labels that a CSV names, in order of appearance. Raises Invalid."""
    try:
        return _codes(path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"{path}: this is no CSV in UTF-8", where="--make-labels") from error


def _codes(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        column_by_name = {name.strip().casefold(): name for name in rows.fieldnames or []}
        column = next((column_by_name[name] for name in CODE_COLUMNS if name in column_by_name), None)
        if column is None:
            raise Invalid(f"{path}: no column is called Label code, or Label", where="--make-labels")
        return list(dict.fromkeys(code for row in rows if (code := (row[column] or "").strip())))
