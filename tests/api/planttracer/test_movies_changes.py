"""What people change about movies, and who sees and may change which."""

import pytest

DENIED = {"error": True, "message": "User does not have access to requested movie."}
APEX = {"x": 12, "y": 45, "label": "Apex"}


def seen(client):
    return [movie["movie_id"] for movie in client.call("/api/list-movies").json["movies"]]


def test_a_movie_is_seen_by_its_course_and_by_nobody_else(student, other, teacher, stranger, ready):
    movie_id = ready(student)

    who = [movie_id in seen(client) for client in (student, other, teacher, stranger)]

    assert who == [True, True, True, False]
    assert stranger.call("/api/get-movie-metadata", movie_id=movie_id).json == DENIED


def test_what_is_hidden_or_deleted_is_seen_by_its_owner(student, other, teacher, ready):
    movie_id = ready(student)
    student.call("/api/set-metadata", set_movie_id=movie_id, property="published", value="0")
    hidden = [movie_id in seen(client) for client in (student, other, teacher)]

    student.call("/api/delete-movie", movie_id=movie_id)
    deleted = [movie_id in seen(client) for client in (student, other, teacher)]

    assert hidden == [True, False, True]
    assert deleted == [True, False, False]
    assert other.call("/api/get-movie-metadata", movie_id=movie_id).json == DENIED


def test_a_movie_is_deleted_and_taken_back(student, ready):
    movie_id = ready(student)
    states = []

    for given in ({"delete": "1"}, {"delete": "0"}, {}, {"delete": "no"}, {"delete": ""}):
        assert student.call("/api/delete-movie", movie_id=movie_id, **given).json == {"error": False}
        states.append(student.movie(movie_id)["deleted"])

    assert states == [1, 0, 1, 0, 1]


@pytest.mark.parametrize("rotation", ["45", "-90", "360", "left", "", "90.5"])
def test_only_quarter_turns_are_rotations(student, ready, rotation):
    reply = student.call("/api/rotate-movie", movie_id=ready(student), rotation=rotation)

    assert (reply.status_code, reply.json) == (200, {"error": True, "message": "Invalid rotation"})


def test_a_turn_clears_the_markers_and_orders_another_archive(student, ready, archive):
    movie_id = ready(student)
    student.put(movie_id, 3, [APEX])
    before = student.movie(movie_id)

    reply = student.call("/api/rotate-movie", movie_id=movie_id, rotation=90)

    turned = student.movie(movie_id)
    archive(b"PK turned frames")
    after = student.movie(movie_id)
    assert reply.json == {"error": False}
    assert student.frames(movie_id) == {}
    assert (turned["rotation"], turned["width"], turned["height"]) == (90, 480, 640)
    assert (turned["last_frame_tracked"], turned["needs_retracing"]) == (None, 0)
    assert "movie_zipfile_url" in before
    assert "movie_zipfile_url" not in turned
    assert student.fetch(after["movie_zipfile_url"]) == b"PK turned frames"


def test_a_marker_beyond_the_height_of_a_turned_movie_is_inside_its_new_one(student, ready):
    movie_id = ready(student)
    student.call("/api/rotate-movie", movie_id=movie_id, rotation=270)

    replies = [
        student.put(movie_id, 0, [{**APEX, "y": 600}]).status_code,
        student.put(movie_id, 0, [{**APEX, "x": 600}]).status_code,
    ]

    assert replies == [200, 400]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "set exactly one trim frame"),
        ({"trim_start_frame": 1, "trim_end_frame": 2}, "set exactly one trim frame"),
        ({"trim_start_frame": -1}, "trim_start_frame must be >= 0"),
        ({"trim_start_frame": 40}, "trim_start_frame must be <= trim_end_frame"),
        ({"trim_end_frame": 40}, "trim_end_frame must be < total_frames"),
    ],
)
def test_a_trim_out_of_range_is_refused(student, ready, given, message):
    reply = student.call("/api/set-movie-trim", movie_id=ready(student), **given)

    assert (reply.status_code, reply.json) == (400, {"error": True, "message": message})


def test_a_movie_of_unknown_length_is_not_trimmed(student, announce):
    movie_id = announce(student).json["movie_id"]

    reply = student.call("/api/set-movie-trim", movie_id=movie_id, trim_start_frame=1)

    assert reply.json["message"] == "total_frames is required before trimming"


def test_an_earlier_start_takes_the_markers_along_unless_it_has_some(student, ready):
    movie_id = ready(student)
    student.call("/api/set-movie-trim", movie_id=movie_id, trim_start_frame=10)
    student.put(movie_id, 10, [APEX])
    student.put(movie_id, 3, [{**APEX, "label": "Leaf"}])

    student.call("/api/set-movie-trim", movie_id=movie_id, trim_start_frame=5)
    told = student.call("/api/set-movie-trim", movie_id=movie_id, trim_start_frame=3).json["metadata"]

    labels = {frame: shown["markers"][0]["label"] for frame, shown in student.frames(movie_id).items()}
    assert labels == {"3": "Leaf", "5": "Apex", "10": "Apex"}
    assert (told["trim_start_frame"], told["trim_end_frame"]) == (3, 39)


@pytest.mark.parametrize(("typed", "kept"), [("30", "30"), ("0.5", "0.5"), (" 12.50 ", "12.50")])
def test_the_capture_rate_is_kept_as_typed(student, ready, typed, kept):
    movie_id = ready(student)

    reply = student.call("/api/set-movie-fpm", movie_id=movie_id, fpm=typed)

    assert reply.json["metadata"]["fpm"] == kept
    assert student.movie(movie_id)["needs_retracing"] == 0


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "fpm is required"),
        ("often", "fpm must be a number"),
        ("nan", "fpm must be a number"),
        ("1_0", "fpm must be a number"),
        ("٣", "fpm must be a number"),
        ("0", "fpm must be greater than 0"),
        ("inf", "fpm must be <= 6000"),
    ],
)
def test_a_capture_rate_out_of_range_is_refused(student, ready, typed, message):
    reply = student.call("/api/set-movie-fpm", movie_id=ready(student), fpm=typed)

    assert (reply.status_code, reply.json) == (400, {"error": True, "message": message})


def test_research_terms_are_cleared_together_and_the_name_is_kept(student, ready):
    movie_id = ready(student, research_use="1", credit_by_name="1", attribution_name="Ada")

    student.call("/api/set-research-metadata", movie_id=movie_id, research_use="0", credit_by_name="1")

    movie = student.movie(movie_id)
    assert (movie["research_use"], movie["credit_by_name"], movie["attribution_name"]) == (0, None, "Ada")


def test_research_terms_are_the_owners_alone(student, teacher, ready):
    movie_id = ready(student)

    reply = teacher.call("/api/set-research-metadata", movie_id=movie_id, research_use="1")

    assert (reply.status_code, reply.json) == (403, DENIED)


def test_title_description_and_publication_are_set_one_by_one(student, teacher, ready):
    movie_id = ready(student)

    def change(client, name, value):
        return client.call("/api/set-metadata", set_movie_id=movie_id, property=name, value=value).json[
            "error"
        ]

    refusals = [
        change(student, "title", "Another plant"),
        change(student, "description", "It wilts, ö"),
        change(student, "published", "1"),
        change(student, "published", "0"),
        change(student, "published", "1"),
        change(teacher, "published", "1"),
        change(teacher, "deleted", "1"),
        change(teacher, "deleted", "0"),
        change(student, "deleted", "0"),
    ]

    movie = student.movie(movie_id)
    assert refusals == [False, False, False, False, True, False, False, True, False]
    assert (movie["title"], movie["description"]) == ("Another plant", "It wilts, ö")
    assert (movie["published"], movie["deleted"]) == (1, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("nonsense", "1"), ("movie_id", "m1"), ("deleted", "maybe"), ("title", "x" * 1001), ("fpm", "nan"), ("status", "ready")],
)  # fmt: skip
def test_what_can_not_be_set_is_refused(student, ready, name, value):
    movie_id = ready(student)
    before = student.movie(movie_id)

    reply = student.call("/api/set-metadata", set_movie_id=movie_id, property=name, value=value)

    assert reply.status_code == 400
    assert reply.json["error"] is True
    assert student.movie(movie_id)["title"] == before["title"]


def test_without_a_target_the_refusal_has_its_odd_key(student):
    reply = student.call("/api/set-metadata", property="title", value="Anything")

    assert reply.status_code == 200
    assert reply.json == {"error": True, "result": "Either set_movie_id or set_user_id is required"}


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/api/new-movie", {"movie_data_sha256": "0" * 64}),
        ("/api/put-frame-trackpoints", {"movie_id": "m1"}),
        ("/api/rename-marker", {"movie_id": "m1"}),
        ("/api/rotate-movie", {"movie_id": "m1"}),
        ("/api/delete-movie", {"movie_id": "m1"}),
        ("/api/set-movie-trim", {"movie_id": "m1"}),
        ("/api/set-movie-fpm", {"movie_id": "m1"}),
        ("/api/set-research-metadata", {"movie_id": "m1"}),
        ("/api/set-metadata", {"set_movie_id": "m1", "property": "title", "value": "Mine"}),
    ],
)
def test_a_demonstration_can_be_looked_at_and_not_changed(demo_visitor, path, given):
    assert demo_visitor.call("/api/list-movies").json == {"error": False, "movies": []}

    reply = demo_visitor.call(path, **given)

    assert reply.status_code == 403
    assert reply.json["message"] == "demo accounts not allowed to execute requested action"
