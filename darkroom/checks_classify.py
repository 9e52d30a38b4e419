"""What must be true of an order to classify points, or to vet a network, before it is accepted."""

from darkroom.checks_movie import check_encryption
from darkroom.errors import Invalid
from darkroom.facts import Facts, MovieFacts
from darkroom.params_classify import ClassifyImage, ClassifyParams, Grid, MovieSampling, Place, VetParams
from darkroom.settings import Settings
from darkroom.splits_classify import frames_of


def check_classify(params: ClassifyParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid, naming field and limit, unless it says once what to look at, and where. Whether a point lies within
    its picture is found when that is read.
    """
    movie = facts.get("movie")
    if params.movie is None and movie is None:
        _check_images(params, settings)
    elif params.movie is None:
        raise Invalid("movie says which frames to look at; it is missing", where="/params/movie")
    elif movie is None:
        raise Invalid("input 'movie' is missing", where="/inputs/movie")
    elif params.images:
        raise Invalid("give images, or a movie, not both", where="/params/images")
    else:
        _check_sampling(params.movie, movie, settings)
        _check_places(params.points, params.grid, "/params", settings)


def _check_images(params: ClassifyParams, settings: Settings) -> None:
    if params.points is not None or params.grid is not None:
        name = "grid" if params.points is None else "points"
        raise Invalid(f"{name} here are of a movie's frames; each image has its own", where=f"/params/{name}")
    count, limit = len(params.images), settings.classify_images_limit
    if not count:
        raise Invalid("give at least one image, or a movie", where="/params/images", limit=1)
    if count > limit:
        raise Invalid(f"{count} images; the limit is {limit}", where="/params/images", limit=limit)
    for i, image in enumerate(params.images):
        _check_image(image, f"/params/images/{i}", settings)


def _check_image(image: ClassifyImage, where: str, settings: Settings) -> None:
    if (image.url is None) == (image.media is None):
        raise Invalid("give url or media, one of them", where=where)
    _check_places(image.points, image.grid, where, settings)


def _check_places(points: list[Place] | None, grid: Grid | None, where: str, settings: Settings) -> None:
    if (points is None) == (grid is None):
        raise Invalid("give points or grid, one of them", where=where)
    count = len(points) if points is not None else 0
    if grid is not None:
        where, count = f"{where}/grid", grid.rows * grid.columns
    else:
        where = f"{where}/points"
    limit = settings.classify_points_limit
    if count > limit:
        raise Invalid(f"{count} points; the limit is {limit} for one image", where=where, limit=limit)


def _check_sampling(sampling: MovieSampling, movie: MovieFacts, settings: Settings) -> None:
    check_encryption(movie)
    if sampling.start >= movie.frames:
        raise Invalid(
            f"frame {sampling.start} is past the end: the movie has {movie.frames} frames",
            where="/params/movie/start",
            limit=movie.frames - 1,
        )
    if sampling.end is not None and sampling.end <= sampling.start:
        raise Invalid(
            f"end {sampling.end} is not behind start {sampling.start}",
            where="/params/movie/end",
            limit=sampling.start + 1,
        )
    if sampling.end is not None and sampling.end > movie.frames:
        raise Invalid(
            f"end {sampling.end} is past the last frame: the movie has {movie.frames} frames",
            where="/params/movie/end",
            limit=movie.frames,
        )
    count, limit = len(frames_of(sampling, movie.frames)), settings.classify_images_limit
    if count > limit:
        raise Invalid(
            f"every {sampling.every} frames are {count} pictures; the limit is {limit}",
            where="/params/movie/every",
            limit=limit,
        )


def check_vet(params: VetParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid unless a classifier has as many labels as outputs, each once, and a backbone none.

    Of the manifest, what the types of its fields cannot say: nothing is divided by 0, nor all of it made 0.
    """
    labels, manifest = params.labels, params.manifest
    for field, values in (("scale", (manifest.scale,)), ("std", manifest.std)):
        if 0 in values:
            raise Invalid("0 is no scale for values", where=f"/params/manifest/{field}")
    if params.role == "backbone":
        if labels:
            raise Invalid("a backbone has no labels", where="/params/labels")
        return
    if len(labels) != manifest.length:
        raise Invalid(
            f"{len(labels)} labels for {manifest.length} probabilities",
            where="/params/labels",
            limit=manifest.length,
        )
    if len({label.id for label in labels}) < len(labels):
        raise Invalid("a label is given twice", where="/params/labels")
