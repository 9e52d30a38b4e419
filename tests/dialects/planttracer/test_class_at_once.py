"""A whole class at one time: everybody's marker is kept, everybody's trace shows progress, nobody sees a failure."""

from concurrent.futures import ThreadPoolExecutor

from tests.dialects.planttracer.browser import Browser, agreed, marker, spots
from tests.dialects.planttracer.conftest import FRAMES, MARKERS

CLASS = 8


def test_point_20_a_class_that_traces_at_once_waits_for_nobody_longer_than_its_patience(everywhere, walk):
    house, people = everywhere

    def lesson(number):
        pupil = Browser(house.url, people.student.key)
        movie_id = pupil.upload(walk, title=f"Plant {number}")
        agreed(pupil.put(movie_id, 0, MARKERS))
        return pupil.traced(movie_id, frame_end=FRAMES - 1)

    with ThreadPoolExecutor(CLASS) as pool:
        done = list(pool.map(lesson, range(CLASS)))

    assert [len(answer["frames"]) for answer in done] == [FRAMES] * CLASS
    assert len({str(answer["frames"]) for answer in done}) == 1


def test_point_26_markers_put_at_the_same_moment_are_all_kept(everywhere, walk):
    house, people = everywhere
    movie_id = people.student.upload(walk)
    pupils = [Browser(house.url, people.student.key) for _ in range(CLASS)]

    def put(frame):
        return pupils[frame % CLASS].put(movie_id, frame, [marker("Apex", frame, 10)])

    with ThreadPoolExecutor(CLASS) as pool:
        for answer in pool.map(put, range(FRAMES)):
            agreed(answer)

    frames = people.student.frames(movie_id)
    assert [spots(frames[str(frame)])["Apex"] for frame in range(FRAMES)] == [
        (frame, 10) for frame in range(FRAMES)
    ]


def test_point_12_a_marker_renamed_while_others_are_put_is_renamed_everywhere_or_refused(student, own):
    for frame in range(20):
        student.put(own, frame, MARKERS)

    with ThreadPoolExecutor(4) as pool:
        later = [
            pool.submit(student.put, own, frame, [marker("Bud", frame, 10)]) for frame in range(20, FRAMES)
        ]
        answer = student.post("/api/rename-marker", movie_id=own, old_label="Apex", new_label="Tip")

    assert answer.status_code in {200, 409}
    assert all(agreed(put.result()) for put in later)
    frames = student.frames(own)
    names = {name for frame in range(20) for name in spots(frames[str(frame)])}
    assert names == ({"Tip", "Ruler 0mm"} if answer.status_code == 200 else {"Apex", "Ruler 0mm"})
    assert all(spots(frames[str(frame)]).keys() == {"Bud"} for frame in range(20, FRAMES))
