"""The built-in backbone: 164 descriptors of colour and texture, drawn as an ONNX file, with nothing to download."""

from functools import cache

from pipelines.classify.bank_colour import draw_colours
from pipelines.classify.bank_edges import draw_statistics
from pipelines.classify.bank_graph import Sheet
from pipelines.classify.bank_texture import RADII, draw_codes, draw_histogram
from pipelines.classify.manifest import Manifest

BANK = Manifest(name="bank-v1", length=164, licence="Apache-2.0")
_SIDE = 224
_HALF = 112
_QUARTER = 56
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
    grey = sheet.mix("input", _GREY)
    levels = {
        _HALF: sheet.middle(grey, _HALF, _SIDE),
        -_HALF: sheet.pool(grey, 2),
        _QUARTER: sheet.pool(grey, 4),
    }
    textures, centres = [], []
    for side, level in levels.items():
        for radius in RADII:
            codes = draw_codes(sheet, level, radius)
            textures.append(draw_histogram(sheet, codes))
            if side == _HALF:
                centres.append(draw_histogram(sheet, sheet.middle(codes, _CENTRE, side - 2 * radius)))
    edges = [draw_statistics(sheet, sheet.draw("Log", sheet.add(level, _DARK))) for level in levels.values()]
    colours = draw_colours(sheet, sheet.pool("input", 4))
    return sheet.finish(BANK.name, sheet.join(colours, *textures, *centres, *edges), _SIDE, BANK.length)
