"""What of a private store is ours: the bucket, however a URL tries to leave it."""

import pytest

from darkroom.settings import Settings
from workers.fetch import read_target, rules_of


@pytest.fixture
def rules():
    return rules_of(Settings(store="s3", s3_endpoint="http://minio.internal:9000", s3_bucket="darkroom"))


def test_what_lies_in_the_bucket_is_ours(rules):
    target = read_target("http://MINIO.internal:9000/darkroom/media/..a%2Bb?X-Amz-Signature=a/../b")

    assert rules.is_ours(target)


@pytest.mark.parametrize(
    "rest",
    [
        "/darkroom2/key",
        "/darkroom",
        "/darkroom/../minio/metrics",
        "/darkroom/%2e%2e/minio/metrics",
        "/darkroom/%2E./minio/metrics",
        "/darkroom/a/..%2f../..%2Fminio/metrics",
        "/darkroom/..%5Cminio",
        "/darkroom%2f..%2fminio",
        "/%64arkroom/../minio",
    ],
)
def test_what_leads_out_of_the_bucket_is_not(rest, rules):
    target = read_target(f"http://minio.internal:9000{rest}")

    assert not rules.is_ours(target)


@pytest.mark.parametrize(
    "site",
    ["http://minio.internal", "https://minio.internal:9000", "http://minio.internal.evil.example:9000"],
)
def test_another_port_scheme_or_host_is_not_ours(site, rules):
    target = read_target(f"{site}/darkroom/key")

    assert not rules.is_ours(target)
