"""What only the S3 store must stand: a service that is away, refuses, or does not copy large blobs at once."""

import hashlib
import io
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import msgspec
import pytest

from darkroom.errors import NotFound, Unavailable
from darkroom.settings import Settings
from storage import blob_s3_writes, blobs

AWAY = Settings(store="s3", s3_endpoint="http://127.0.0.1:9", s3_access_key="nobody", s3_secret_key="nothing")


@pytest.fixture
def bucket(s3_settings):
    store = blobs.connect(s3_settings)
    store.prepare()
    yield store
    store.close()


@pytest.fixture
def far_end():
    """Serve one answer that announces more bytes than come; gives the address."""
    servers = []

    def serve(body: bytes, announced: int) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(206)
                self.send_header("Content-Length", str(announced))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_service_that_is_away_is_unavailable():
    store = blobs.connect(AWAY)

    for use in (
        store.check,
        store.prepare,
        lambda: store.put("results/1", io.BytesIO(b"hello")),
        lambda: store.stat("results/1"),
        lambda: store.delete("results/1"),
        lambda: list(store.list()),
        lambda: store.init("results/1"),
    ):
        with pytest.raises(Unavailable):
            use()
    store.close()


def test_links_are_signed_without_the_service_for_the_public_endpoint():
    settings = msgspec.structs.replace(AWAY, s3_public_endpoint="https://media.lab.test")
    store = blobs.connect(settings)

    link = store.url("results/1", expires=60)

    assert link.startswith("https://media.lab.test/darkroom/results/1?")
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in link
    assert store.presign_post("incoming/1", expires=60, size_limit=5).url == "https://media.lab.test/darkroom"
    store.close()


def test_without_keys_the_service_is_unavailable(monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    store = blobs.connect(Settings(store="s3", s3_endpoint="http://127.0.0.1:9"))

    for use in (lambda: store.stat("results/1"), lambda: store.url("results/1", expires=60)):
        with pytest.raises(Unavailable):
            use()
    store.close()


@pytest.mark.s3
def test_wrong_keys_are_told_by_the_check(s3_settings):
    store = blobs.connect(msgspec.structs.replace(s3_settings, s3_secret_key="wrong"))

    with pytest.raises(Unavailable, match="DARKROOM_S3_ACCESS_KEY"):
        store.check()
    store.close()


@pytest.mark.s3
def test_a_bucket_that_is_not_there_is_told_by_the_check(s3_settings):
    store = blobs.connect(s3_settings)

    with pytest.raises(Unavailable, match="DARKROOM_S3_BUCKET"):
        store.check()
    store.close()


@pytest.mark.s3
def test_preparing_twice_is_preparing(bucket, s3_settings):
    bucket.prepare(["http://localhost:8000"])
    bucket.prepare(["http://localhost:8000"])

    rules = bucket._s3.driver.get_bucket_cors(Bucket=s3_settings.s3_bucket)["CORSRules"]
    assert [rule["AllowedOrigins"] for rule in rules] == [["http://localhost:8000"]]


@pytest.mark.s3
def test_a_blob_larger_than_a_piece_is_copied_in_pieces(bucket, s3_settings):
    content = os.urandom((12 << 20) + 3)
    bucket.put("results/large", io.BytesIO(content))

    blob_s3_writes.copy(
        bucket._s3.driver,
        s3_settings.s3_bucket,
        bucket.stat("results/large"),
        "results/copy",
        content_type="video/mp4",
        piece=5 << 20,
    )

    with bucket.open("results/copy") as file:
        assert hashlib.sha256(file.read()).digest() == hashlib.sha256(content).digest()


@pytest.mark.s3
def test_a_copy_that_fails_leaves_no_upload_behind(bucket, s3_settings):
    bucket.put("results/large", io.BytesIO(bytes(12 << 20)))
    stat = bucket.stat("results/large")
    bucket.delete("results/large")

    with pytest.raises(Exception, match="NoSuchKey"):
        blob_s3_writes.copy(
            bucket._s3.driver, s3_settings.s3_bucket, stat, "results/copy", content_type="a/b", piece=5 << 20
        )

    assert bucket.discard_unfinished(1e12) == 0


@pytest.mark.s3
def test_a_reader_notices_that_the_blob_is_gone(bucket):
    bucket.put("results/1", io.BytesIO(bytes(3 << 20)))

    with bucket.open("results/1") as file:
        assert file.read(1) == b"\0"
        bucket.delete("results/1")
        file.seek(2 << 20)
        with pytest.raises(NotFound):
            file.read(1)


@pytest.mark.s3
def test_a_blob_is_read_whole_by_one_request(bucket, monkeypatch):
    bucket.put("results/1", io.BytesIO(b"hello"))
    pool, asked = bucket._s3.pool, []
    send = pool.urlopen

    def counting(method, url, *args, **more):
        asked.append(method)
        return send(method, url, *args, **more)

    monkeypatch.setattr(pool, "urlopen", counting)
    content = blobs.whole(bucket, "results/1")

    assert (content, asked) == (b"hello", ["GET"])


def test_a_blob_whose_bytes_break_off_is_unavailable(far_end):
    store = blobs.connect(msgspec.structs.replace(AWAY, s3_endpoint=far_end(b"12345", announced=10)))

    with pytest.raises(Unavailable):
        blobs.whole(store, "results/1")
    store.close()


@pytest.mark.s3
def test_clients_are_made_once_for_many_threads(s3_settings):
    store = blobs.connect(s3_settings)
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(store._s3)) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(clients) for clients in seen}) == 1
    store.close()


@pytest.mark.s3
def test_a_forked_process_makes_its_own_clients(bucket):
    bucket.put("results/1", io.BytesIO(b"hello"))
    ours = bucket._s3
    parent, child = os.pipe()

    pid = os.fork()
    if pid == 0:
        is_own = bucket._s3 is not ours and bucket.read_range("results/1", 0, 5) == b"hello"
        os.write(child, b"own" if is_own else b"shared")
        os._exit(0)
    os.waitpid(pid, 0)

    assert os.read(parent, 9) == b"own"
    os.close(parent)
    os.close(child)
