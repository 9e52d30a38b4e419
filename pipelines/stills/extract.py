"""Take frames out of a movie into a folder: a file each, a grid, sprites for a player, or an animation."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import cast

from pipelines.errors import BadInput, CannotDecode
from pipelines.source import Source
from pipelines.stills import animation, contact, sprites
from pipelines.stills.each import write_each
from pipelines.stills.grid import Grid, Montage, columns_and_rows
from pipelines.stills.image import (
    CONTENT_TYPE_BY_SUFFIX,
    SUFFIX_BY_FORMAT,
    ImageFormat,
    check_side,
    encode_picture,
)
from pipelines.stills.order import Extracted, Limits, Order, Shown, Tick, check_order
from pipelines.stills.region import Bgr
from pipelines.stills.scale import Size, check_pixels
from pipelines.stills.selection import Selection, duration_seconds, select
from pipelines.stills.tray import Tray, shown_size
from pipelines.video.container import PIXELS_LIMIT
from pipelines.video.frames import Frames
from pipelines.video.index import Index

GIF_STEP_MS = 10  # the unit of a GIF's times
LIMITS = Limits()


def extract(
    source: Source,
    out_dir: Path,
    order: Order,
    *,
    index: Index | None = None,
    limits: Limits = LIMITS,
    pixels_limit: int = PIXELS_LIMIT,
    tick: Tick | None = None,
) -> Extracted:
    """Open a movie, and do as `extract_from`. Raises BadInput also for a movie that cannot be opened."""
    with Frames(source, index, pixels_limit=pixels_limit) as frames:
        return extract_from(frames, out_dir, order, limits=limits, tick=tick)


def extract_from(
    frames: Frames, out_dir: Path, order: Order, *, limits: Limits = LIMITS, tick: Tick | None = None
) -> Extracted:
    """Leave what was ordered in `out_dir`; the files appear whole, at the end, or not at all.

    Damaged frames are named, and black in a grid; of an animation the picture before them stays.
    Raises BadInput, naming the field and the limit, before anything is decoded; CannotDecode when none of
    the frames can be decoded; and whatever `tick` raises.
    """
    check_order(order)
    selection = select(order, frames.index, limits.frames)
    order = _with_default_size(order, frames.index)
    tray = Tray(frames, order, selection, tick)
    _check_pixels(tray, limits)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".unfinished-") as folder:
        names = _write(tray, Path(folder), order, selection, limits)
        if len(tray.damaged) == len(set(tray.numbers)):
            raise _nothing_sound(tray)
        for name in names:
            (Path(folder) / name).replace(out_dir / name)
    return _extracted(tray, names)


def _with_default_size(order: Order, index: Index) -> Order:
    """Make frames small where they are many on a page, and nothing was said of their size."""
    default = {"contact": contact.WIDTH_PX, "sprites": sprites.WIDTH_PX}.get(order.layout)
    if default is None or order.width is not None or order.height is not None:
        return order
    shown = order.rois[0].width if order.rois else shown_size(index, order)[0]
    return replace(order, width=min(default, shown))


def _check_pixels(tray: Tray, limits: Limits) -> None:
    for place in range(len(tray)):
        check_pixels(tray.size(place), limits.picture_pixels, "a frame")
    if tray.pixels > limits.all_pixels:
        raise BadInput(
            f"{len(tray)} frames have {tray.pixels:,} pixels; the limit is {limits.all_pixels:,}",
            code="too_many_pixels",
            hint="ask for fewer frames, or scale them down with width or height",
        )


def _write(tray: Tray, folder: Path, order: Order, selection: Selection, limits: Limits) -> list[str]:
    """Give the names of the files that were written."""
    match order.layout:
        case "each":
            return write_each(tray, folder, _still(order), order.quality)
        case "montage":
            return _montage(tray, folder, order, limits)
        case "contact":
            return _contact(tray, folder, order, limits)
        case "sprites":
            sheets = sprites.sheets_of(tray, order.columns, order.rows, _still(order), limits.picture_pixels)
            end = duration_seconds(tray.index)
            return sprites.write_sprites(
                tray, folder, sheets, order.quality, starts=selection.starts, end=end
            )
        case "animation":
            return _animation(tray, folder, order)


def _montage(tray: Tray, folder: Path, order: Order, limits: Limits) -> list[str]:
    grid = _grid(tray, order)
    _check_page(grid.size, order, limits)
    montage = Montage(grid)
    for place, cell in tray.cells(range(len(tray))):
        montage.put(place, cell)
    return _page_file(folder, montage.picture, order)


def _contact(tray: Tray, folder: Path, order: Order, limits: Limits) -> list[str]:
    page = contact.page_of(_grid(tray, order))
    _check_page(page.size, order, limits)
    sheet = contact.ContactSheet(page, tray.index, order.title)
    for place, cell in tray.cells(range(len(tray))):
        sheet.put(place, tray.numbers[place], cell)
    for place, number in enumerate(tray.numbers):
        if number in tray.damaged:
            sheet.put_damaged(place, number)
    return _page_file(folder, sheet.picture, order)


def _grid(tray: Tray, order: Order) -> Grid:
    return Grid(*columns_and_rows(len(tray), order.columns, order.rows), tray.size(0))


def _check_page(size: Size, order: Order, limits: Limits) -> None:
    check_pixels(size, limits.picture_pixels, f"a {order.layout}")
    check_side(size, order.image_format)


def _page_file(folder: Path, picture: Bgr, order: Order) -> list[str]:
    name = f"{order.layout}.{SUFFIX_BY_FORMAT[order.image_format]}"
    (folder / name).write_bytes(encode_picture(picture, _still(order), order.quality))
    return [name]


def _animation(tray: Tray, folder: Path, order: Order) -> list[str]:
    check_side(tray.size(0), order.image_format)
    name = f"animation.{order.image_format}"
    if order.image_format == "gif":
        animation.check_gif_fps(order.fps)
        durations = animation.durations_ms(tray.index, tray.numbers, order.fps, GIF_STEP_MS)
        animation.write_gif(tray, folder / name, durations)
    else:
        durations = animation.durations_ms(tray.index, tray.numbers, order.fps, 1)
        animation.write_webp(tray, folder / name, durations, order.quality)
    return [name]


def _still(order: Order) -> ImageFormat:
    """Give the format of a single picture: `check_order` has refused a GIF."""
    return cast("ImageFormat", order.image_format)


def _nothing_sound(tray: Tray) -> CannotDecode:
    first = min(tray.damaged)
    return CannotDecode(f"frame {first} cannot be decoded, nor any other that was asked for", frame=first)


def _extracted(tray: Tray, names: list[str]) -> Extracted:
    return Extracted(
        files=tuple((name, _content_type(name)) for name in names),
        frames=tuple(Shown(number, tray.index.seconds(number)) for number in tray.numbers),
        damaged=tuple(sorted(tray.damaged)),
        width=tray.size(0)[0],
        height=tray.size(0)[1],
    )


def _content_type(name: str) -> str:
    return "text/vtt; charset=utf-8" if name.endswith(".vtt") else CONTENT_TYPE_BY_SUFFIX[Path(name).suffix]
