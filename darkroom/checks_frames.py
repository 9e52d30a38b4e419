"""What must be true of an order for frames or a thumbnail before it is accepted."""

from darkroom.checks_movie import check_encryption
from darkroom.errors import Invalid
from darkroom.facts import Facts, MovieFacts
from darkroom.pages import Size, page_size
from darkroom.params import FramesParams, Roi, ThumbnailParams
from darkroom.settings import Settings

SIDE_LIMIT_BY_FORMAT = {"webp": 16_383, "gif": 65_535, "jpeg": 65_500, "png": 65_535, "avif": 65_535}
ANIMATED = {"gif", "webp"}
GIF_FPS_LIMIT = 50  # browsers slow down what is shown for less than 20 ms
DEFAULT_WIDTH_BY_LAYOUT = {
    "contact": 320,
    "sprites": 160,
}  # where frames are many on a page, and no size is said
GRIDS = {"montage", "contact", "sprites"}


def check_frames(params: FramesParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid, naming the field and the limit, unless the movie has what is asked for and it is not too much."""
    movie = facts["movie"]
    check_encryption(movie)
    count = _check_selection(params, movie, settings)
    _check_layout(params, count)
    cuts = _check_rois(params, movie, count)
    width = _width(params, cuts[0][0])
    _check_sizes(params, count, [_scaled(width, params.height, *cut) for cut in cuts], settings)


def check_thumbnail(params: ThumbnailParams, facts: Facts, settings: Settings) -> None:
    """Raise Invalid unless the time lies within the movie and the picture within the limit."""
    movie = facts["movie"]
    check_encryption(movie)
    if params.seconds is not None:
        _check_instant(params.seconds, movie, "/params/seconds")
    width, height = _scaled(params.width, params.height, *movie.size(upright=params.upright))
    _check_picture(width, height, params.format, settings)


def _check_selection(params: FramesParams, movie: MovieFacts, settings: Settings) -> int:
    """Return how many frames are asked for."""
    given = [name for name in ("frames", "seconds", "count") if getattr(params, name) is not None]
    if len(given) != 1:
        said = " and ".join(given) or "none of them"
        raise Invalid(f"give one of frames, seconds and count; {said} was given", where="/params")
    named = params.frames or params.seconds or []
    count, limit = params.count or len(named), settings.frames_per_job_limit
    if count > limit:
        raise Invalid(
            f"{count} frames; the limit of one job is {limit}", where=f"/params/{given[0]}", limit=limit
        )
    if params.count is not None and params.count > movie.frames:
        raise Invalid(
            f"{params.count} frames of a movie that has {movie.frames}",
            where="/params/count",
            limit=movie.frames,
        )
    for i, number in enumerate(params.frames or []):
        _check_number(number, movie, f"/params/frames/{i}")
    for i, seconds in enumerate(params.seconds or []):
        _check_instant(seconds, movie, f"/params/seconds/{i}")
    if params.layout == "each" and params.frames and len(set(params.frames)) < count:
        twin = next(number for i, number in enumerate(params.frames) if number in params.frames[:i])
        raise Invalid(f"frame {twin} is given twice", where="/params/frames")
    return count


def _check_number(number: int, movie: MovieFacts, where: str) -> None:
    if number >= movie.frames:
        raise Invalid(
            f"frame {number} is past the end: the movie has {movie.frames} frames (0 to {movie.frames - 1})",
            where=where,
            limit=movie.frames - 1,
        )


def _check_instant(seconds: float, movie: MovieFacts, where: str) -> None:
    duration = movie.duration_seconds
    if duration is None:
        raise Invalid("the movie keeps no times: ask for frames by number", where=where)
    if seconds > duration:
        raise Invalid(
            f"{seconds:g} s is past the end: the movie lasts {duration:g} s", where=where, limit=duration
        )


def _check_layout(params: FramesParams, count: int) -> None:
    animated = params.layout == "animation"
    if animated and params.format not in ANIMATED:
        raise Invalid(
            f"an animation is a gif or webp, not {params.format}", where="/params/format", limit="gif, webp"
        )
    if not animated and params.format == "gif":
        raise Invalid(
            "a gif is made of layout 'animation' only", where="/params/format", limit="jpeg, png, webp, avif"
        )
    if params.fps is not None and not animated:
        raise Invalid("fps is for layout 'animation' only", where="/params/fps")
    if params.fps is not None and params.format == "gif" and params.fps > GIF_FPS_LIMIT:
        raise Invalid(
            f"a gif shows at most {GIF_FPS_LIMIT} frames a second, not {params.fps:g}",
            where="/params/fps",
            limit=GIF_FPS_LIMIT,
        )
    for name in ("columns", "rows"):
        if getattr(params, name) is not None and params.layout not in GRIDS:
            raise Invalid(
                f"{name} is for a grid only", where=f"/params/{name}", limit=", ".join(sorted(GRIDS))
            )
    if params.columns and params.rows and params.layout != "sprites" and params.columns * params.rows < count:
        raise Invalid(
            f"{params.columns} x {params.rows} cells do not hold {count} frames", where="/params/rows"
        )


def _check_rois(params: FramesParams, movie: MovieFacts, count: int) -> list[Size]:
    """Return the size of what is cut out: one for all frames, or one per frame."""
    size = movie.size(upright=params.upright)
    if params.rotation in {90, 270}:
        size = (size[1], size[0])
    if not params.rois:
        return [size]
    if len(params.rois) not in {1, count}:
        raise Invalid(
            f"{len(params.rois)} rois for {count} frames: give one, or one per frame", where="/params/rois"
        )
    for i, roi in enumerate(params.rois):
        _check_roi(roi, size, f"/params/rois/{i}")
    return [(roi.width, roi.height) for roi in params.rois]


def _check_roi(roi: Roi, size: tuple[int, int], where: str) -> None:
    across, down = size
    edges = (
        ("x", "width", roi.x + roi.width, across),
        ("y", "height", roi.y + roi.height, down),
    )
    for start, extent, edge, limit in edges:
        if edge > limit:
            raise Invalid(
                f"{start} + {extent} = {edge} is outside the picture of {across}x{down}",
                where=f"{where}/{extent}",
                limit=limit,
            )


def _width(params: FramesParams, shown: int) -> int | None:
    default = DEFAULT_WIDTH_BY_LAYOUT.get(params.layout)
    if default is None or params.width is not None or params.height is not None:
        return params.width
    return min(default, shown)


def _scaled(width: int | None, height: int | None, from_width: int, from_height: int) -> tuple[int, int]:
    if width is None and height is None:
        return from_width, from_height
    if width is None:
        return max(1, round(from_width * (height or 1) / from_height)), height or 1
    return width, height or max(1, round(from_height * width / from_width))


def _check_sizes(params: FramesParams, count: int, sizes: list[Size], settings: Settings) -> None:
    """Check the pictures; sizes: one for all, or one per frame. The first is that of the cells of a page or animation."""
    for size in sizes:
        _check_pixels(size, settings)
        if params.layout == "each":
            _check_side(size, params.format)
    if params.layout in GRIDS:
        page = page_size(params.layout, count, params.columns, params.rows, sizes[0])
        _check_picture(*page, params.format, settings)
    elif params.layout == "animation":
        _check_side(sizes[0], params.format)
    pixels = sum(width * height for width, height in sizes) * (count if len(sizes) == 1 else 1)
    limit = settings.job_pixels_limit
    if pixels > limit:
        raise Invalid(
            f"{count} pictures of {sizes[0][0]}x{sizes[0][1]} have more than {limit:,} pixels",
            where="/params",
            limit=limit,
            hint="ask for fewer frames, or scale them down with width or height",
        )


def _check_picture(width: int, height: int, image_format: str, settings: Settings) -> None:
    _check_pixels((width, height), settings)
    _check_side((width, height), image_format)


def _check_pixels(size: Size, settings: Settings) -> None:
    width, height = size
    limit = settings.picture_pixels_limit
    if width * height > limit:
        raise Invalid(
            f"a picture of {width}x{height} has more than {limit:,} pixels",
            where="/params",
            limit=limit,
            hint="scale it down with width or height",
        )


def _check_side(size: Size, image_format: str) -> None:
    side = SIDE_LIMIT_BY_FORMAT[image_format]
    if max(size) > side:
        raise Invalid(
            f"a {image_format} has sides of at most {side} pixels; {size[0]}x{size[1]} is asked for",
            where="/params/format",
            limit=side,
        )
