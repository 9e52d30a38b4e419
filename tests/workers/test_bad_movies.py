"""A bad movie costs nobody but the one who sent it, by a real worker with a real warm child."""

import threading

import av
import numpy as np
import pytest

from darkroom.errors import Invalid
from darkroom.jobs import JobState
from pipelines.video.index import read_index
from workers import bell, enqueue
from workers.enqueue import Order

FRAMES = 12


@pytest.fixture
def write_movie(tmp_path):
    """Give a writer of a movie of 12 pictures of noise."""

    def write(name, *, codec="mjpeg", pix_fmt="yuvj420p", container_options=None):
        path = tmp_path / name
        rng = np.random.default_rng(3)
        with av.open(path, "w", container_options=container_options or {}) as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, pix_fmt
            for _ in range(FRAMES):
                picture = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
            container.mux(stream.encode(None))
        return path

    return write


@pytest.fixture
def spoilt(write_movie):
    """A movie whose frames 5 and 6 hold nothing but zeros behind their first bytes."""
    path = write_movie("spoilt.avi")
    index, data = read_index(path), bytearray(path.read_bytes())
    for start, size in zip(index.offset[5:7], index.size[5:7], strict=True):
        data[start + 4 : start + size] = bytes(size - 4)
    path.write_bytes(data)
    return path


@pytest.fixture
def silent(tmp_path):
    """A file of sound alone."""
    path = tmp_path / "sound.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        for _ in range(3):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            sound.sample_rate = 48_000
            container.mux(stream.encode(sound))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def frames_of(engine, settings, owner):
    """Orders frames of a movie; gives the job's id."""

    def order(media_id, *numbers):
        made = Order(
            kind="frames",
            params={"frames": list(numbers)},
            inputs={"movie": media_id},
            owner=owner,
            reuse=False,
        )
        return enqueue.submit(engine, bell.connect(settings, engine), settings, made).job.id

    return order


def test_damaged_frames_fail_a_job_and_the_next_succeeds_in_the_same_child(
    make_bench, upload, frames_of, job_of, causes_of, spoilt, write_movie
):
    bench = make_bench()
    bad, good = upload(spoilt)[0], upload(write_movie("good.avi"))[0]
    bench.drain()
    (child,) = bench._warm

    failed, succeeded, again = frames_of(bad, 5, 6), frames_of(good, 5), frames_of(bad, 4)
    bench.drain()

    assert job_of(failed).state is JobState.FAILED
    assert job_of(failed).read_failure().code == "cannot_decode"
    assert "frame 5" in job_of(failed).read_failure().message
    assert causes_of(failed) == ["error"]
    assert job_of(succeeded).state is JobState.SUCCEEDED
    assert job_of(again).state is JobState.SUCCEEDED
    assert bench._warm == [child]


def test_good_frames_beside_damaged_ones_are_kept(make_bench, upload, frames_of, job_of, spoilt):
    bench = make_bench()
    media_id, _ = upload(spoilt)
    bench.drain()

    job_id = frames_of(media_id, 4, 5, 6, 7)
    bench.drain()

    job = job_of(job_id)
    assert job.state is JobState.PARTIAL
    assert job.read_failure().message == "damaged frames: 5, 6 (of 4)"
    assert job.read_result().summary["damaged"] == [5, 6]
    assert [output.name for output in job.read_result().outputs] == ["frame-000004.jpg", "frame-000007.jpg"]


def test_a_child_that_native_code_ends_takes_no_other_job_down(
    make_bench, upload, frames_of, submit_drill, job_of, causes_of, write_movie
):
    bench, other = make_bench(), make_bench()
    media_id, _ = upload(write_movie("good.avi"))
    bench.drain()
    beside = submit_drill(seconds=0.5)
    claimed = other.claim()

    running = threading.Thread(target=other.work, args=(claimed,))
    running.start()
    crashed, behind = submit_drill(ending="abort"), frames_of(media_id, 3)
    while not job_of(crashed).has_ended():
        bench.drain()
    running.join(30)

    assert job_of(crashed).state is JobState.QUARANTINED
    assert causes_of(crashed) == ["signal", "signal", "signal"]
    assert job_of(beside).state is JobState.SUCCEEDED
    assert job_of(behind).state is JobState.SUCCEEDED


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: path.write_bytes(b"x" * 5000), "not_a_movie"),
        (lambda path: path.write_bytes(path.read_bytes()[:2000]), "truncated"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"stsz", b"xxxx")), "no_frames"),
    ],
)
def test_a_bad_movies_probe_says_why_and_its_orders_are_refused(
    make, code, make_bench, upload, frames_of, job_of, write_movie
):
    path = write_movie("movie.mp4", codec="libx264", pix_fmt="yuv420p")
    make(path)
    bench = make_bench()
    media_id, probe_id = upload(path)
    bench.drain()

    with pytest.raises(Invalid) as refusal:
        frames_of(media_id, 0)

    assert job_of(probe_id).state is JobState.FAILED
    assert job_of(probe_id).read_failure().code == code
    assert refusal.value.where == "/inputs/movie"


def test_sound_alone_is_refused_by_its_probe(make_bench, upload, job_of, silent):
    bench = make_bench()

    _, probe_id = upload(silent)
    bench.drain()

    assert job_of(probe_id).read_failure().code == "no_video"


def test_an_encrypted_movie_is_described_and_its_frames_are_refused(
    make_bench, upload, frames_of, job_of, write_movie
):
    keys = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "1" * 32, "encryption_kid": "2" * 32}
    path = write_movie("locked.mp4", codec="libx264", pix_fmt="yuv420p", container_options=keys)
    bench = make_bench()
    media_id, probe_id = upload(path)
    bench.drain()

    with pytest.raises(Invalid) as refusal:
        frames_of(media_id, 0)

    assert job_of(probe_id).read_result().summary["encrypted"] is True
    assert "encrypted" in refusal.value.message


def test_the_name_of_a_movie_decides_nothing(make_bench, upload, frames_of, job_of, write_movie):
    path = write_movie("movie.mkv").rename(write_movie("other.avi").with_name("movie.mp4"))
    bench = make_bench()
    media_id, probe_id = upload(path)
    bench.drain()

    job_id = frames_of(media_id, 11)
    bench.drain()

    assert job_of(probe_id).read_result().summary["container"] == "matroska,webm"
    assert job_of(job_id).state is JobState.SUCCEEDED
