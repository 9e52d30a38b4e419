"""The options of classifying without a server: a model file, pictures or a movie, and where to look."""

import argparse
from pathlib import Path
from typing import Any

from cli.classify import read_where
from darkroom.errors import Invalid

HERE = 1  # the id of what has none where there is no ledger


def add_classify_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("classify", "with --points 'row,column;row,column', or a grid")
    group.add_argument(
        "--model", type=Path, metavar="FILE", help="the classifier, as `darkroom train` saves it"
    )
    group.add_argument("--grid", metavar="ROWSxCOLUMNS", help="over the whole picture, as in 10x10")
    group.add_argument("--method", choices=("uniform", "random", "stratified"), default="uniform")
    group.add_argument("--seed", type=int, default=0, help="of a grid's random points")
    group.add_argument("--every", type=int, metavar="N", help="of a movie: look at every N frames")


def classify_inputs(arguments: argparse.Namespace) -> dict[str, Path]:
    """Return the files by role. Raises Invalid for one that is not there."""
    if arguments.model is None:
        raise Invalid(
            "which classifier?", where="--model", hint="darkroom train SOURCE --model FILE saves one"
        )
    if arguments.every is not None and len(arguments.files) > 1:
        raise Invalid("--every is for one movie", where="--every")
    if arguments.every is not None:
        files = {"movie": arguments.files[0]}
    else:
        files = {f"images/{number}": path for number, path in enumerate(arguments.files)}
    for path in (arguments.model, *arguments.files):
        if not path.is_file():
            raise Invalid(f"{path}: no such file")
    return {"model": arguments.model, **files}


def classify_params(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the params that the options make. Raises Invalid."""
    if arguments.grid is None and arguments.points is None:
        raise Invalid(
            "where in the picture?", where="--grid", hint="--grid 10x10, or --points 'row,column;…'"
        )
    if arguments.grid is not None and arguments.points is not None:
        raise Invalid("give --grid or --points, one of them", where="--grid")
    where = read_where(arguments)
    if "points" in where:
        where = {"points": [{"row": row, "column": column} for row, column in where["points"]]}
    if arguments.every is not None:
        return {"classifier": HERE, "movie": {"every": arguments.every}, **where}
    images = [{"media": HERE, "name": path.name, **where} for path in arguments.files]
    return {"classifier": HERE, "images": images}
