"""The built-in backbone: 164 descriptors of colour and texture, drawn as an ONNX file, with nothing to download."""

from functools import cache

from pipelines.classify.bank_colour import draw_colours
from pipelines.classify.bank_edges import draw_statistics
from pipelines.classify.bank_graph import Sheet
from pipelines.classify.bank_texture import MARGIN, draw_codes, draw_histograms
from pipelines.classify.manifest import Manifest

BANK = Manifest(name="bank-v1", length=164, licence="Apache-2.0")
_SIDE = 224
_HALF = 112
_CENTRE = 80  # of the patch: what is round the point itself where the patch reaches over a boundary
_GREY = [[0.299, 0.587, 0.114]]  # ITU-R BT.601
_DARK = 0.02


@cache
def bank_network() -> bytes:
    """Return the ONNX file: (N, 3, 224, 224) float32 RGB 0 to 1 in, (N, 164) float32 out; the same bytes always.

    36 of colour at a quarter of the size, 60 local binary patterns on three levels, 20 of the middle, 48 of edges on
    three levels. Levels: the middle 112 pixels as they are, and the patch at a half and at a quarter of its size.
    """
    sheet = Sheet()
    half = sheet.pool("input", 2)
    quarter = sheet.pool(half, 2)
    whole, *smaller = (
        sheet.mix(level, _GREY) for level in (sheet.middle("input", _HALF, _SIDE), half, quarter)
    )
    codes = draw_codes(sheet, whole)
    textures = [
        draw_histograms(sheet, codes),
        *(draw_histograms(sheet, draw_codes(sheet, one)) for one in smaller),
    ]
    centre = draw_histograms(sheet, sheet.middle(codes, _CENTRE, _HALF - 2 * MARGIN))
    edges = [draw_statistics(sheet, sheet.draw("Log", sheet.add(one, _DARK))) for one in (whole, *smaller)]
    return sheet.finish(
        BANK.name, sheet.join(draw_colours(sheet, quarter), *textures, centre, *edges), _SIDE, BANK.length
    )
