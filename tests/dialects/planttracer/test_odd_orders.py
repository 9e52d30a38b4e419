"""Orders that are unusual, and right: each is done or told, and nothing is left half done."""

import hashlib
import time

import httpx
import pytest

from tests.dialects.planttracer.browser import TRACED, agreed, fetch, marker, pictures, refused, spots
from tests.dialects.planttracer.conftest import FRAMES, MARKERS
from tests.dialects.planttracer.movies import line, look, scenes, size_of, write
from tests.dialects.planttracer.test_conformance_trace import comment_of

DENIED = "User does not have access to requested movie."


def settled(browser, movie_id):
    """Wait until the movie is neither traced nor processed; return its metadata."""
    deadline = time.monotonic() + 60
    while (movie := browser.metadata(movie_id))["status"] in {"tracing", "processing", "uploading"}:
        assert time.monotonic() < deadline, movie
        time.sleep(0.1)
    return movie


def test_a_trace_of_nothing_behind_the_last_frame_is_told_or_done_at_once(student, own):
    student.put(own, FRAMES - 1, MARKERS)

    answer = student.trace(own, FRAMES - 1, frame_end=FRAMES - 1)

    if answer.status_code != 400:
        agreed(answer)
    assert settled(student, own)["status"] in {TRACED, "ready"}
    assert list(student.frames(own)) == [str(FRAMES - 1)]


def test_a_trace_that_ends_before_it_begins_is_refused(student, own):
    student.put(own, 9, MARKERS)

    assert refused(student.trace(own, 9, frame_end=4), 400)
    assert student.metadata(own)["status"] == "ready"


def test_a_movie_of_one_frame_comes_in_and_is_never_stuck(student, tmp_path):
    movie_id = student.upload(write(tmp_path / "one.mp4", scenes(line(1, 0.0))))
    student.put(movie_id, 0, MARKERS)

    answer = student.trace(movie_id)

    assert answer.status_code in {200, 400}
    assert settled(student, movie_id)["total_frames"] == 1
    assert len(pictures(fetch(student.metadata(movie_id)["movie_zipfile_url"]))) == 1


def test_the_courses_admin_traces_the_movie_of_a_student(people, own):
    agreed(people.admin.put(own, 0, MARKERS))

    done = people.admin.traced(own, frame_end=FRAMES - 1)

    assert len(done["frames"]) == FRAMES
    assert fetch(people.student.listed(own)["movie_traced_url"])


def test_a_member_reads_what_is_published_and_nothing_else(people, own_traced):
    def read(browser):
        return [
            browser.post("/api/get-movie-metadata", movie_id=own_traced).status_code,
            browser.get("/api/get-movie-trackpoints", movie_id=own_traced).status_code,
            browser.get("/resize-api/v1/first-frame", movie_id=own_traced).status_code,
            browser.get("/resize-api/v1/movie-data", movie_id=own_traced, format="json").status_code,
        ]

    assert read(people.fellow) == [200] * 4
    assert read(people.stranger) == [403] * 4
    agreed(people.student.post("/api/set-metadata", set_movie_id=own_traced, property="published", value=0))
    assert read(people.fellow) == [403] * 4
    assert read(people.admin) == read(people.student) == [200] * 4


def test_turns_in_quick_succession_end_as_the_last_one_said(student, own):
    for rotation in (90, 180, 0, 270):
        agreed(student.post("/api/rotate-movie", movie_id=own, rotation=rotation))

    assert size_of(student.first_frame(own)) == (480, 640)
    assert settled(student, own)["rotation"] == 270
    student.put(own, 0, MARKERS[:1])
    done = student.traced(own)
    assert {size_of(jpeg) for jpeg in pictures(fetch(done["metadata"]["movie_zipfile_url"])).values()} == {
        (480, 640)
    }
    _, _, shown = look(fetch(student.listed(own)["movie_traced_url"]))
    assert shown[0].shape == (640, 480, 3)


def test_bytes_sent_after_the_movie_is_ready_change_nothing(everywhere, walk):
    _, people = everywhere
    student, data = people.student, walk.read_bytes()
    answer = agreed(student.new_movie(data))
    student.send(answer["presigned_post"], data)
    student.first_frame(answer["movie_id"])
    student.wait_for(answer["movie_id"], "ready")

    student.send(answer["presigned_post"], b"x" * len(data))
    time.sleep(1)

    url = agreed(student.get("/resize-api/v1/movie-data", movie_id=answer["movie_id"], format="json"))["url"]
    assert fetch(url) == data
    assert student.metadata(answer["movie_id"])["status"] == "ready"


@pytest.mark.parametrize(
    "name", ["Ödön Łukasz 🌱", 'Ada "the" O\'Neil; <b>', "a" * 256, "Ada\r\nx-evil: 1", "=?utf-8?"]
)
def test_any_name_for_the_credit_goes_all_the_way(everywhere, walk, name):
    _, people = everywhere
    student = people.student
    told = {"research_use": "1", "credit_by_name": "1", "attribution_name": name}
    answer = student.new_movie(walk.read_bytes(), **told)
    if answer.json()["error"] is True:
        assert "\n" in name
        return
    movie_id = student.upload(walk, **told)
    student.put(movie_id, 0, MARKERS)
    done = student.traced(movie_id)

    kept = student.listed(movie_id)["attribution_name"]
    assert kept == name or "\n" in name
    archive = pictures(fetch(done["metadata"]["movie_zipfile_url"]))
    assert comment_of(archive["frame_0000.jpeg"]) == f"research use allowed; credit {kept}"
    _, tags, _ = look(fetch(student.listed(movie_id)["movie_traced_url"]))
    assert tags["comment"] == f"research use allowed; credit {kept}"


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", "Ödön 🌱", "a\nb", "'; DROP TABLE pt_movies; --", '"\\']
)
def test_any_title_comes_back_as_it_was(student, title):
    movie_id = agreed(student.new_movie(b"a movie", title=title, description=title))["movie_id"]

    assert [student.listed(movie_id)[name] for name in ("title", "description")] == [title, title]


@pytest.mark.parametrize(
    "make",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:100],
        lambda data: b"\xff\xd8\xff\xe0" + bytes(2000),
        lambda data: b"GIF89a" + bytes(100),
        lambda data: bytes(5000),
        lambda data: data.replace(b"avc1", b"xxxx"),
    ],
    ids=["half", "head", "jpeg", "gif", "zeros", "no codec"],
)
def test_what_can_not_be_read_says_so_and_is_not_traced(student, walk, make):
    movie_id = student.start_upload(make(walk.read_bytes()))
    student.get("/resize-api/v1/first-frame", movie_id=movie_id)

    movie = settled(student, movie_id)

    if movie["status"] != "ready":  # what is left of a damaged movie may be a movie
        assert movie["status"] == "upload failed"
        assert 400 <= student.trace(movie_id).status_code < 500
        frame = student.get("/resize-api/v1/first-frame", movie_id=movie_id)
        assert 400 <= frame.status_code < 500 and frame.text


def test_a_revoked_key_and_a_disabled_person_are_shut_out(house, newcomer):
    person = newcomer()
    email = agreed(person.post("/api/check-api_key"))["userinfo"]["email"]
    name = house.command("course", "user", email).strip()
    tokens = house.command("token", "list", name).splitlines()
    (token,) = [line.split()[0] for line in tokens if line[:1].isdigit()]

    house.command("user", "disable", name)
    assert becomes(person, 403)
    house.command("user", "enable", name)
    assert becomes(person, 200)
    house.command("token", "revoke", token)
    assert becomes(person, 403)


def becomes(browser, status):
    """Tell whether the key is answered so within a few seconds, for so long it may be remembered."""
    for _ in range(50):
        if browser.post("/api/check-api_key").status_code == status:
            return True
        time.sleep(0.1)
    return False


def test_keys_of_one_door_open_no_other(house, student):
    token = (house.data_dir / "token").read_text().strip()

    answer = httpx.get(f"{house.url}/v1/jobs", headers={"authorization": f"Bearer {student.key}"})

    assert answer.status_code in {401, 403}
    assert httpx.get(f"{house.url}/v1/jobs", headers={"authorization": f"Bearer {token}"}).status_code == 200
    assert httpx.post(f"{house.url}/api/list-movies", data={"api_key": token}).status_code == 403


def test_a_movie_sent_twice_is_two_movies(student, walk):
    first, second = student.upload(walk), student.upload(walk)
    student.put(first, 0, MARKERS)
    student.traced(first)

    agreed(student.post("/api/delete-movie", movie_id=first))

    assert student.frames(second) == {}
    student.put(second, 0, MARKERS)
    assert spots(student.traced(second)["frames"]["39"]) == spots(student.frames(first)["39"])
    digest = hashlib.sha256(walk.read_bytes()).hexdigest()
    url = agreed(student.get("/resize-api/v1/movie-data", movie_id=second, format="json"))["url"]
    assert hashlib.sha256(fetch(url)).hexdigest() == digest


def test_a_thousand_markers_are_traced(student, own):
    many = [
        marker(f"Leaf {number}", 20 + 15 * (number % 40), 40 + 16 * (number // 40)) for number in range(1000)
    ]
    agreed(student.put(own, 0, many))

    frames = student.traced(own, frame_end=FRAMES - 1)["frames"]

    assert {len(frame["markers"]) for frame in frames.values()} == {1000}
    assert len(student.table(own)[0]) == 2001
