"""HDR becomes SDR by the published curves; expectations are worked out from the standards."""

import av
import numpy as np
import pytest

from pipelines.transcode import Settings, transcode
from pipelines.transcode.look import HLG, PQ
from pipelines.transcode.tone import hlg_to_nits, nits_to_pq, pq_to_nits, roll_off, to_sdr


def test_pq_is_that_of_st_2084():
    # BT.2408-4, table 1 and BT.2100-2: 58 % is 203 cd/m2, 75 % is 983, 100 % is 10000
    assert pq_to_nits(np.array([0.0, 0.5081, 0.58, 0.75, 1.0])) == pytest.approx(
        [0, 100, 202, 983, 10_000], rel=0.01
    )
    assert nits_to_pq(np.array([0.0, 0.1, 100, 1000, 10_000])) == pytest.approx(
        [0, 0.0623, 0.5081, 0.7518, 1], abs=2e-4
    )


def test_hlg_is_that_of_bt_2100():
    # BT.2408-4: 75 % grey is 203 cd/m2 on a screen of 1000, 100 % is 1000; 50 % is a twelfth of the light
    grey = np.repeat(np.array([[0.0], [0.5], [0.75], [1.0]]), 3, axis=1)

    assert hlg_to_nits(grey)[:, 0] == pytest.approx([0, 1000 * (1 / 12) ** 1.2, 203, 1000], rel=0.01)


def test_the_dark_stays_and_the_bright_is_bent_below_white():
    # BT.2390-10: knee at 1.5 * 0.5807 / 0.7518 - 0.5 = 0.6586 of PQ(1000), that is 88 cd/m2
    assert roll_off(np.array([0.0, 1, 50, 87])) == pytest.approx([0, 1, 50, 87], rel=1e-6)
    assert roll_off(np.array([1000.0, 4000.0])) == pytest.approx([203, 203], rel=1e-6)
    bent = roll_off(np.linspace(88, 1000, 200))
    assert np.all(np.diff(bent) > 0)


def test_colours_of_bt_709_keep_their_hue():
    # BT.2087-0 red, green and blue of BT.709 in BT.2020, at 50 cd/m2, below the knee
    primaries = np.array([[0.6274, 0.0691, 0.0164], [0.3293, 0.9195, 0.0880], [0.0433, 0.0114, 0.8956]])

    shown = to_sdr(nits_to_pq(primaries * 50), PQ)

    assert shown == pytest.approx(np.eye(3) * (50 / 203) ** (1 / 2.4), abs=0.025)


def write_flat(path, transfer: int, colours) -> None:
    """Write a movie of one 10-bit Y, Cb, Cr per frame (limited range, 64..940, 512), BT.2020, HEVC."""
    with av.open(path, "w") as container:
        stream = container.add_stream(
            "libx265", rate=25, options={"x265-params": "lossless=1:log-level=error"}
        )
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = (
            9,
            9,
            transfer,
            1,
        )
        for colour in colours:
            frame = av.VideoFrame(64, 64, "yuv420p10le")
            for plane, value in zip(frame.planes, colour, strict=True):
                plane.update(np.full(plane.buffer_size // 2, value, np.uint16).tobytes())
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.parametrize(
    ("transfer", "levels", "expected"),
    [
        # PQ at 0, 1, 10, 50, 203 and 1000 cd/m2; below the knee 16 + 219 * (cd/m2 / 203) ** (1 / 2.4)
        (PQ, [64, 195, 327, 450, 573, 723], [16, 40, 78, 138, 214, 235]),
        # HLG at 0, 25, 50, 75 and 100 % of the signal
        (HLG, [64, 283, 502, 721, 940], [16, 77, 139, 214, 235]),
    ],
)
def test_a_ramp_of_greys_is_shown_as_the_standards_say(transfer, levels, expected, tmp_path):
    write_flat(tmp_path / "hdr.mkv", transfer, [(level, 512, 512) for level in levels])

    ladder = transcode(tmp_path / "hdr.mkv", tmp_path, Settings(heights=(64,), crf=4, poster=False))

    with av.open(str(tmp_path / "64p.mp4")) as container:
        context = container.streams.video[0].codec_context
        frames = [frame.to_ndarray() for frame in container.decode(video=0)]
        assert (context.pix_fmt, context.colorspace, context.color_primaries, context.color_trc) == (
            "yuv420p",
            1,
            1,
            1,
        )
    assert ladder.rungs[0].why == "it is hevc, not H.264"
    assert [float(np.median(frame[:64])) for frame in frames] == pytest.approx(expected, abs=1.5)
    assert all(np.abs(frame[64:].astype(int) - 128).max() <= 1 for frame in frames)


@pytest.mark.parametrize(
    ("ten_bits", "expected"),
    [
        # red, green and blue of BT.709 at 50 cd/m2, in BT.2020 and PQ, and at R' = (50 / 203) ** (1 / 2.4) = 0.5577 on
        # BT.709, where 10 bits of PQ leave the dark channels at up to 0.05 instead of 0
        ((295, 453, 593), (45, 112, 189)),
        ((412, 437, 478), (106, 82, 77)),
        ((204, 641, 532), (27, 190, 121)),
    ],
)
def test_a_colour_of_bt_709_comes_out_as_itself(ten_bits, expected, tmp_path):
    write_flat(tmp_path / "hdr.mkv", PQ, [ten_bits])

    transcode(tmp_path / "hdr.mkv", tmp_path, Settings(heights=(64,), crf=4, poster=False))

    with av.open(str(tmp_path / "64p.mp4")) as container:
        planes = next(container.decode(video=0)).to_ndarray()
    found = [float(np.median(part)) for part in (planes[:64], planes[64:80], planes[80:])]
    assert found == pytest.approx(expected, abs=3)
