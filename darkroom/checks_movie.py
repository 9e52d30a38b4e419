"""What must be true of an order to cut, turn or transcode a movie before it is accepted."""

from darkroom.errors import Invalid
from darkroom.facts import Facts, MovieFacts
from darkroom.params import ClipParams, RotateParams, TranscodeParams
from darkroom.settings import Settings


def check_encryption(movie: MovieFacts) -> None:
    """Raise Invalid for a movie that nobody here can decode."""
    if movie.encrypted:
        raise Invalid("the movie is encrypted", where="/inputs/movie")


def check_clip(params: ClipParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid, naming the range, unless all of them lie within the movie."""
    movie = facts["movie"]
    check_encryption(movie)
    if len(params.ranges) > settings.ranges_limit:
        raise Invalid(
            f"{len(params.ranges)} ranges; the limit is {settings.ranges_limit}",
            where="/params/ranges",
            limit=settings.ranges_limit,
        )
    for i, piece in enumerate(params.ranges):
        if piece.start >= piece.end:
            raise Invalid(
                f"a range ends behind its start: {piece.start} to {piece.end} holds no frame",
                where=f"/params/ranges/{i}/end",
                limit=piece.start + 1,
            )
        if piece.end > movie.frames:
            raise Invalid(
                f"end {piece.end} is past the last frame: the movie has {movie.frames} frames",
                where=f"/params/ranges/{i}/end",
                limit=movie.frames,
            )


def check_rotate(params: RotateParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid when nothing is to be turned."""
    check_encryption(facts["movie"])
    if params.rotation == 0 and params.flip == "none":
        raise Invalid(
            "nothing is to be turned: rotation is 0 and flip is 'none'",
            where="/params/rotation",
            limit="90, 180, 270",
        )


def check_transcode(params: TranscodeParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid when a height is named twice, and for a movie that is known to break off."""
    movie = facts["movie"]
    check_encryption(movie)
    if movie.truncated:
        raise Invalid(
            f"the movie is cut short: only {movie.frames} frames of it are here",
            where="/inputs/movie",
            hint="send the file again, or cut a clip of the frames that are there",
        )
    twins = {height for height in params.heights if params.heights.count(height) > 1}
    if twins:
        raise Invalid(f"height {min(twins)} is given twice", where="/params/heights")
