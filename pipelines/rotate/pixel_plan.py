"""Decide in which pixels a movie is turned and encoded: those that it has, where H.264 can say them turned."""

from dataclasses import dataclass

from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter

from pipelines.rotate.planes import turn_frame
from pipelines.rotate.values import Size
from pipelines.video.picture import matrix_instead
from pipelines.video.turn import Turn

_LIMITED, _FULL = 1, 2  # FFmpeg's color_range
_BT709 = 1  # H.273: what RGB becomes
_SQUARE = {
    "yuv420p": "yuv420p",
    "yuvj420p": "yuv420p",
    "yuv420p10le": "yuv420p10le",
}  # as many across as down
_FULL_CHROMA = {"yuv444p": "yuv444p", "yuvj444p": "yuv444p", "yuv444p10le": "yuv444p10le"}


@dataclass(frozen=True, slots=True)
class PixelPlan:
    """work: the format in which planes are turned. coded: the one that is encoded. before, after: sizes as shown."""

    turn: Turn
    work: str
    coded: str
    range: int
    is_rgb: bool
    before: Size
    after: Size
    remark: str

    def turned(self, frame: VideoFrame, reformatter: VideoReformatter) -> VideoFrame:
        """Give a picture turned, ready to be encoded."""
        if frame.format.name.replace("yuvj", "yuv") != self.work:
            frame = self._converted(frame, self.work, reformatter)
        frame = turn_frame(frame, self.turn, self.after, self.work)
        return frame if self.coded == self.work else self._converted(frame, self.coded, reformatter)

    def _converted(self, frame: VideoFrame, name: str, reformatter: VideoReformatter) -> VideoFrame:
        space = Colorspace.ITU709 if frame.format.is_rgb or frame.format.has_palette else None
        matrix = matrix_instead(frame)
        return reformatter.reformat(
            frame,
            format=name,
            src_colorspace=matrix,
            dst_colorspace=space or matrix,
            src_color_range=_FULL if space else self.range,
            dst_color_range=self.range,
            threads=1,
        )


def plan_pixels(first: VideoFrame, shown: Turn, asked: Turn) -> PixelPlan:
    """Decide by the first frame. shown: how it is shown now. asked: what is to be done to that."""
    pixels, name = first.format, first.format.name
    is_rgb = pixels.is_rgb or pixels.has_palette
    deep = "10le" if max(component.bits for component in pixels.components) > 8 else ""
    before = shown.size(first.width, first.height)
    after = asked.size(*before)
    is_odd = bool(first.width % 2 or first.height % 2)
    work = coded = _FULL_CHROMA.get(name, f"yuv444p{deep}")
    if not (is_rgb or name in _FULL_CHROMA):
        coded = _SQUARE.get(name, f"yuv420p{deep}")
        after = (after[0] + after[0] % 2, after[1] + after[1] % 2)
        work = work if is_odd else coded  # the chroma of an odd side, turned, lies between two samples
    return PixelPlan(
        turn=shown.then(asked),
        work=work,
        coded=coded,
        range=_FULL if name.startswith("yuvj") or (first.color_range == _FULL and not is_rgb) else _LIMITED,
        is_rgb=is_rgb,
        before=before,
        after=after,
        remark=_remark(
            name, coded, is_padded=after != asked.size(*before), is_interlaced=first.interlaced_frame
        ),
    )


def matrix_of(plan: PixelPlan, first: VideoFrame) -> int:
    """Give the H.273 matrix of the encoded pictures."""
    return _BT709 if plan.is_rgb else int(first.colorspace)


def _remark(name: str, coded: str, *, is_padded: bool, is_interlaced: bool) -> str:
    facts = (
        (name.replace("yuvj", "yuv") != coded, f"{name} became {coded}"),
        (is_padded, "H.264 needs even sides: the last column or row is there twice"),
        (is_interlaced, "it is interlaced: its fields were turned as one picture"),
    )
    return "".join(f"; {text}" for is_so, text in facts if is_so)
