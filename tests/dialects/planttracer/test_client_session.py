"""Point 28: the browser client's whole session, request by request, as its older and its current pages make them."""

import hashlib
import time

import httpx

from tests.dialects.planttracer.browser import Browser, agreed, fetch, pictures, refused, spots
from tests.dialects.planttracer.conftest import APEX, COURSE, COURSE_KEY, FRAMES, MARKERS
from tests.dialects.planttracer.movies import look, size_of

TITLE = {"title": "Day 3", "description": "By the window"}


def test_point_28_the_older_pages_from_registration_to_deletion(everywhere, walk):
    house, _ = everywhere
    data = walk.read_bytes()
    nobody = Browser(house.url)

    # register.html, then the link of the mail, whose page keeps the key as a cookie
    key = house.listen(
        "session@example.com",
        lambda: nobody.form(
            "/api/register",
            email="session@example.com",
            course_key=COURSE_KEY,
            planttracer_endpoint=house.url,
        ),
    )
    nobody.http.get("/login", params={"api_key": key})
    assert nobody.http.cookies["api_key"] == key
    person = Browser(house.url, key)
    known = agreed(nobody.http.post("/api/check-api_key"))["userinfo"]
    assert (known["email"], known["primary_course_id"]) == ("session@example.com", COURSE)
    listed = agreed(person.post("/api/list-movies"))["movies"]
    assert [movie for movie in listed if movie["user_id"] == known["user_id"]] == []

    # upload.html: is the worker there, then the order, then the bytes
    assert nobody.http.get("/resize-api/v1/ping").json()["status"] == "ok"
    order = {**TITLE, "movie_data_sha256": hashlib.sha256(data).hexdigest(), "movie_data_length": len(data)}
    answer = agreed(person.form("/api/new-movie", **order, research_use="1", credit_by_name="0", fpm="30"))
    movie_id = answer["movie_id"]
    assert person.send(answer["presigned_post"], data).is_success
    assert size_of(person.first_frame(movie_id)) == (640, 480)

    # list.html, then analyze.html
    movie = person.listed(movie_id)
    assert {name: movie[name] for name in (*TITLE, "status", "fpm")} == {
        **TITLE,
        "status": "ready",
        "fpm": "30",
    }
    opened = agreed(
        person.form("/api/get-movie-metadata", movie_id=movie_id, frame_start=0, frame_count=10_000)
    )
    assert opened["metadata"]["trim_end_frame"] == FRAMES - 1
    assert opened["frames"] == {}
    assert agreed(person.put(movie_id, 0, MARKERS))["message"] == "trackpoints recorded: 2 "

    # "Trace movie", and the polls
    agreed(person.trace(movie_id, frame_end=FRAMES - 1))
    done = person.follow(movie_id)
    files = pictures(fetch(done["metadata"]["movie_zipfile_url"]))
    assert (
        [int(name[6:10]) for name in files]
        == list(range(FRAMES))
        == [int(number) for number in done["frames"]]
    )

    # a marker is moved on frame 25, and all behind it traced again
    before = done["frames"]
    moved = [{**point, "x": point["x"] + 3} for point in before["25"]["markers"]]
    agreed(person.put(movie_id, 25, moved))
    assert person.listed(movie_id)["needs_retracing"] == 1
    agreed(person.trace(movie_id, 25, frame_end=FRAMES - 1))
    after = person.follow(movie_id, 25)
    assert after["metadata"]["needs_retracing"] == 0
    assert [after["frames"][str(n)] for n in range(25)] == [before[str(n)] for n in range(25)]
    assert spots(after["frames"]["39"])["Apex"] != spots(before["39"])["Apex"]

    # what is taken home
    assert len(person.table(movie_id)) == FRAMES + 1
    told = person.get("/api/get-movie-trackpoints", movie_id=movie_id, format="json").json()
    assert len(told["trackpoint_dicts"]) == 2 * FRAMES
    codec, tags, shown = look(fetch(person.listed(movie_id)["movie_traced_url"]))
    assert (codec.name, codec.pix_fmt, len(shown)) == ("h264", "yuv420p", FRAMES)
    assert tags["comment"] == "research use allowed (no credit required)"

    # trim, turn, delete
    trimmed = agreed(person.post("/api/set-movie-trim", movie_id=movie_id, trim_end_frame=30))
    assert trimmed["metadata"]["trim_end_frame"] == 30
    assert len(person.table(movie_id)) == 32
    agreed(person.post("/api/rotate-movie", movie_id=movie_id, rotation=90))
    assert size_of(person.first_frame(movie_id)) == (480, 640)
    assert person.frames(movie_id) == {}
    for name, value in (("deleted", 1), ("published", 0)):
        agreed(person.post("/api/set-metadata", set_movie_id=movie_id, property=name, value=value))
    assert (person.listed(movie_id)["deleted"], person.listed(movie_id)["published"]) == (1, 0)


def test_point_28_the_current_pages_wait_for_the_processed_upload(everywhere, walk):
    house, people = everywhere
    person = people.student
    data = walk.read_bytes()

    # upload.html announces the length, and starts the processing by itself where it is told to
    answer = agreed(person.new_movie(data, **TITLE))
    movie_id = answer["movie_id"]
    mode = answer.get("upload_completion_mode", "eventbridge")
    assert mode in {"eventbridge", "http"}
    assert person.send(answer["presigned_post"], data).is_success
    if mode == "http":
        begun = httpx.post(
            f"{house.url}/resize-api/v1/process-upload",
            json={"movie_id": movie_id},
            headers={"x-api-key": person.key},
        )
        assert begun.is_success, begun.text

    # it polls once a second until the movie is resized and ready
    deadline = time.monotonic() + 60
    while not ((movie := person.metadata(movie_id)).get("resized_at") and movie["status"] == "ready"):
        assert time.monotonic() < deadline, movie
        time.sleep(0.25)
    assert movie["uploaded_at"]
    assert (movie["width"], movie["height"], movie["total_frames"]) == (640, 480, FRAMES)

    # analyze.html holds the movie while it is open
    lease = agreed(person.post("/api/acquire-movie-analysis-lease", movie_id=movie_id))
    assert lease["analysis_lock"]["owned"] is True
    held = {"movie_id": movie_id, "analysis_lease_id": lease["lease_id"]}
    agreed(person.post("/api/heartbeat-movie-analysis-lease", **held))
    agreed(person.put(movie_id, 0, MARKERS))
    begun = person.trace(movie_id, frame_end=FRAMES - 1, analysis_lease_id=lease["lease_id"])
    assert agreed(begun)["message"]["movie_id"] == movie_id
    done = person.follow(movie_id)
    assert spots(done["frames"]["39"])["Apex"][0] - APEX[0] > 70
    agreed(person.post("/api/release-movie-analysis-lease", **held))

    # another member of the course may look, and no more
    assert len(people.fellow.frames(movie_id)) == FRAMES
    assert refused(people.fellow.put(movie_id, 0, MARKERS), 403)
