"""The clients of one S3 service: boto3 signs and drives, minio moves the bytes."""

import os
import threading
from typing import Any
from urllib.parse import urlsplit

import boto3.session
from botocore.config import Config
from minio import Minio
from minio.credentials.credentials import Credentials
from minio.credentials.providers import Provider
from msgspec import Struct
from urllib3 import PoolManager, Retry, Timeout

from darkroom.errors import Unavailable
from darkroom.settings import Settings

CONNECT_SECONDS = 3.0
READ_SECONDS = 60.0  # without a byte; copies are cut into pieces that take less
RETRIES = 3
CONNECTIONS = 64  # kept open per process; more threads than that open their own
_CONFIG = {
    "signature_version": "s3v4",
    "s3": {"addressing_style": "path"},  # needs no DNS name per bucket
    "connect_timeout": CONNECT_SECONDS,
    "read_timeout": READ_SECONDS,
    "retries": {"mode": "standard", "total_max_attempts": RETRIES + 1},
    "max_pool_connections": CONNECTIONS,
    # boto3's own default sends checksums in a form that only AWS understands.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}


class _Keys(Provider):
    """What boto3 found for keys, for minio: those of the settings, or AWS's chain (environment, file, role)."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def retrieve(self) -> Credentials:
        found = self._session.get_credentials()
        if found is None:
            raise Unavailable(
                "there are no keys for S3; set DARKROOM_S3_ACCESS_KEY and DARKROOM_S3_SECRET_KEY"
            )
        keys = found.get_frozen_credentials()
        return Credentials(keys.access_key, keys.secret_key, keys.token)


class Clients(Struct, frozen=True):
    """What one process speaks to S3 with; every client may be used by many threads."""

    driver: Any  # boto3, at our own endpoint
    signer: Any  # boto3, at the endpoint that clients reach
    mover: Minio
    pool: PoolManager

    def close(self) -> None:
        """Close every connection."""
        self.driver.close()
        self.signer.close()
        self.pool.clear()


class ClientsPerProcess:
    """Makes the clients on first use, anew in a forked process: sockets must not be shared."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()  # making a boto3 client is not safe in threads, using one is
        self._made: tuple[int, Clients] | None = None

    def get(self) -> Clients:
        """Return this process's clients."""
        made = self._made
        if made is not None and made[0] == os.getpid():
            return made[1]
        with self._lock:
            if self._made is None or self._made[0] != os.getpid():
                self._made = (os.getpid(), _make(self._settings))
            return self._made[1]

    def close(self) -> None:
        """Close what was made; the next use makes it anew."""
        with self._lock:
            if self._made is not None:
                self._made[1].close()
            self._made = None


def _make(settings: Settings) -> Clients:
    session = boto3.session.Session(
        aws_access_key_id=settings.s3_access_key or None,
        aws_secret_access_key=settings.s3_secret_key or None,
        region_name=settings.s3_region,
    )
    inner = settings.s3_endpoint or None
    outer = settings.s3_public_endpoint or inner
    pool = PoolManager(
        maxsize=CONNECTIONS,
        timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        retries=Retry(total=RETRIES, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
    )
    address = urlsplit(inner or f"https://s3.{settings.s3_region}.amazonaws.com")
    mover = Minio(
        address.netloc,
        secure=address.scheme == "https",
        region=settings.s3_region,
        credentials=_Keys(session),
        http_client=pool,
    )
    return Clients(
        driver=session.client("s3", endpoint_url=inner, config=Config(**_CONFIG)),
        signer=session.client("s3", endpoint_url=outer, config=Config(**_CONFIG)),
        mover=mover,
        pool=pool,
    )
