"""The pictures of a classify job: by URL, and of our own shelf."""

import io

import msgspec
import pytest

from darkroom.jobs import Input
from darkroom.params_classify import ClassifyImage, ClassifyParams, Place
from darkroom.settings import Settings
from pipelines.errors import BadInput
from storage import blobs as stores
from storage import media, users
from storage.engine import write
from tests.workers.fetch.servers import ok, redirect, status
from workers.fetch import fetch, rules_of
from workers.images import image_at, name_of
from workers.movies import Movies
from workers.networks import Networks
from workers.work import Work

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def blobs(settings):
    return stores.connect(settings)


@pytest.fixture
def make_work(settings, owner, blobs, tmp_path):
    """What an actor is handed for a job that classifies these images; settings can be changed by name."""

    def make(*images, inputs=(), owner=owner, **changes):
        points = [Place(0, 0)]
        params = ClassifyParams(
            classifier=1, images=[msgspec.structs.replace(i, points=points) for i in images]
        )
        allowed = msgspec.structs.replace(
            settings, **{"fetch_allow": "127.0.0.0/8", "fetch_attempts": 1, **changes}
        )
        given = {input_.role: input_ for input_ in inputs}
        movies, networks = Movies(blobs, allowed), Networks(allowed)
        return Work(
            params, given, 0, tmp_path / "scratch", blobs, allowed, print, movies, networks, owner=owner
        )

    return make


@pytest.fixture
def keep(engine, blobs, owner):
    """Stores bytes as a medium of this owner."""

    def keep(content, owner=owner):
        blob = blobs.put(None, io.BytesIO(content))
        with write(engine) as db:
            return media.add(
                db, owner, sha256=blob.sha256, size=blob.size, name="reef.jpg", content_type="image/jpeg"
            )

    return keep


@pytest.fixture
def stranger(engine):
    with write(engine) as db:
        return users.add(db, "bob")


def opened(work, index=0):
    assert isinstance(work.params, ClassifyParams)
    return image_at(work, work.params, index)


def test_a_picture_comes_by_url(serve, make_work):
    server = serve(ok(b"abc"))
    work = make_work(ClassifyImage(url=f"{server.url}/survey/reef%201.jpg?X-Amz-Signature=x"))

    image = opened(work)

    assert image.path.read_bytes() == b"abc"
    assert image.sha256 == ABC


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (ClassifyImage(url="http://reef.test/survey/reef%201.jpg?X-Amz-Signature=x"), "reef 1.jpg"),
        (ClassifyImage(url="http://reef.test/a.jpg", name="quadrat 7"), "quadrat 7"),
        (ClassifyImage(url="http://[::bad/a.jpg"), ""),
        (ClassifyImage(media=7, name="quadrat 7"), "quadrat 7"),
        (ClassifyImage(media=7), ""),
    ],
)
def test_a_picture_is_called_as_its_order_or_its_url_says(image, name):
    assert name_of(image) == name


def test_a_url_that_stands_there_twice_is_fetched_once(serve, make_work):
    server, gone = serve(ok(b"abc")), serve(status(404))
    urls = (server.url, gone.url, server.url, gone.url)
    work = make_work(*(ClassifyImage(url=url) for url in urls))

    first, second = opened(work, 0), opened(work, 2)

    assert first.path == second.path
    for index in (1, 3):
        with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
            opened(work, index)
    assert (server.connections, gone.connections) == (1, 1)


def test_the_settings_bound_what_is_fetched(serve, make_work):
    server = serve(ok(b"abcd"))
    work = make_work(ClassifyImage(url=server.url), fetch_bytes_limit=3)

    with pytest.raises(BadInput) as refused:
        opened(work)

    assert (refused.value.message, refused.value.code) == (
        "This image is larger than the limit of 3 bytes.",
        "too_large",
    )


def test_a_medium_is_a_file_of_the_store(make_work, keep, blobs):
    record = keep(b"abc")
    work = make_work(ClassifyImage(media=record.id), inputs=[Input("images/0", record.id, record.sha256)])

    image = opened(work)

    assert (image.path, image.sha256) == (blobs.local_path(record.key()), ABC)


@pytest.mark.parametrize("public_url", ["", "https://darkroom.example/lab/"])
def test_a_medium_of_ours_is_opened_by_its_url(public_url, make_work, keep):
    record = keep(b"abc")
    base = (public_url or "http://127.0.0.1:8000").rstrip("/")
    work = make_work(ClassifyImage(url=f"{base}/v1/media/{record.id}/content"), public_url=public_url)

    image = opened(work)

    assert image.path.read_bytes() == b"abc"


def test_a_medium_of_somebody_else_is_not_opened(make_work, keep, stranger):
    record = keep(b"abc", owner=stranger)
    url = f"http://127.0.0.1:8000/v1/media/{record.id}/content"

    for wanted in (url, url.replace(str(record.id), "999999")):
        with pytest.raises(BadInput) as refused:
            opened(make_work(ClassifyImage(url=wanted)))
        assert (refused.value.message, refused.value.code) == (
            "Could not download this image.",
            "could_not_download",
        )


def test_a_signed_link_of_ours_is_opened_whoever_owns_the_job(make_work, keep, blobs, stranger):
    record = keep(b"abc")
    url = blobs.url(record.key(), expires=60, filename="räf +1.jpg", content_type="image/jpeg")

    image = opened(make_work(ClassifyImage(url=url), owner=stranger))

    assert image.sha256 == ABC


def other_key(url):
    return url.replace("/media/b", "/media/c")


def other_secret(url):
    return f"{url[:-1]}{'0' if url[-1] != '0' else '1'}"


def unsigned(url):
    return url.partition("?")[0]


def twice(url):
    return f"{url}&expires=99999999999"


def to_the_secret(url):
    return url.replace("/media/", "/../../secret/")


@pytest.mark.parametrize("change", [other_key, other_secret, unsigned, twice, to_the_secret])
def test_a_link_that_was_changed_is_not_opened(change, make_work, keep, blobs):
    url = blobs.url(keep(b"abc").key(), expires=60)

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        opened(make_work(ClassifyImage(url=change(url)), fetch_allow=""))


def test_a_link_to_store_something_is_none_to_read_it(make_work, keep, blobs):
    url = blobs.presign_put(keep(b"abc").key(), expires=60).url

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        opened(make_work(ClassifyImage(url=url)))


def test_other_pages_of_ours_are_fetched_as_anybodys(make_work):
    work = make_work(ClassifyImage(url="http://127.0.0.1:8000/v1/jobs"), fetch_allow="")

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        opened(work)


@pytest.fixture
def s3_rules():
    """Makes the rules of an installation whose S3 is on loopback, and which allows nothing else."""

    def make(server):
        settings = Settings(
            store="s3", s3_endpoint="http://s3.inner:9000", s3_public_endpoint=server.url, fetch_attempts=1
        )
        return rules_of(settings)

    return make


def test_links_into_our_bucket_are_fetched_though_it_is_private(serve, s3_rules, tmp_path):
    server = serve(ok(b"abc"))

    fetched = fetch(f"{server.url}/darkroom/media/x?X-Amz-Signature=y", tmp_path / "a", s3_rules(server))

    assert fetched.sha256 == ABC


@pytest.mark.parametrize("path", ["/", "/other/x", "/darkroom/../other/x", "/darkroom", "/darkroomx/y"])
def test_what_stands_beside_our_bucket_is_not_fetched(path, serve, s3_rules, tmp_path):
    server = serve(ok(b"abc"))

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"{server.url}{path}", tmp_path / "a", s3_rules(server))
    assert server.connections == 0


def test_our_bucket_leads_to_nothing_private_either(serve, s3_rules, tmp_path):
    other = serve(ok(b"abc"))
    server = serve(redirect(other.url))

    with pytest.raises(BadInput, match=r"^Could not download this image\.$"):
        fetch(f"{server.url}/darkroom/x", tmp_path / "a", s3_rules(server))
    assert other.connections == 0
