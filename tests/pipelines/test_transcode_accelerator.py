"""A GPU is used where a probe has seen it work; a machine without one encodes with x264, and says so."""

import av.error
import pytest

from pipelines.transcode import Settings, accelerator, chunk, find_accelerator, transcode
from pipelines.transcode.accelerator import Accelerator
from pipelines.transcode.plan import plan_movie


@pytest.fixture
def no_gpu(monkeypatch):
    """Give a machine whose GPU does not open, whatever this one has."""

    def refuse(*_args, **_options):
        raise av.error.OSError(1, "Operation not permitted")

    monkeypatch.setattr(accelerator, "_encoded", refuse)
    find_accelerator.cache_clear()
    yield
    find_accelerator.cache_clear()


def test_a_failing_open_is_no_error_but_an_answer(no_gpu):
    found = find_accelerator()

    assert (found.encodes, found.decodes) == (False, False)
    assert "Operation not permitted" in found.why


def test_the_probe_asks_once_per_process(no_gpu):
    assert find_accelerator() is find_accelerator()


def test_without_a_gpu_every_size_is_x264s(no_gpu, tmp_path, write_movie, noise):
    path = write_movie(noise(5), options={"qp": "0"})

    ladder = transcode(path, tmp_path, Settings(heights=(48,), encoder="auto", poster=False))

    assert [rung.encoder for rung in ladder.rungs] == ["libx264"]


def test_a_gpu_encodes_whole_movies_only_and_only_when_asked(monkeypatch, write_movie, noise):
    monkeypatch.setattr(chunk, "find_accelerator", lambda: Accelerator(encodes=True, decodes=True))
    plan = plan_movie(write_movie(noise(20, 320, 240)), Settings())
    forced = plan_movie(write_movie(noise(20, 320, 240)), Settings(encoder="x264"))

    assert chunk.encoder_name(plan, (320, 240), is_alone=True) == "h264_nvenc"
    assert chunk.encoder_name(plan, (320, 240), is_alone=False) == "libx264"
    assert chunk.encoder_name(plan, (64, 48), is_alone=True) == "libx264"
    assert chunk.encoder_name(forced, (320, 240), is_alone=True) == "libx264"
