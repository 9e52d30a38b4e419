"""Checks of what Darkroom leans on: the broker, the blob store, and its own API."""

from collections.abc import Iterator, Mapping

import httpx
import redis

from cli.findings import Finding, fail, ok, warn
from darkroom.errors import DarkroomError
from darkroom.settings import Settings
from storage import blobs as stores

REDIS_MINIMUM = (6, 2)
TIMEOUT_SECONDS = 5.0


def check_broker(settings: Settings) -> Iterator[Finding]:
    if settings.broker == "sql":
        yield ok("broker", "the database itself")
        return
    client = redis.Redis.from_url(settings.redis_url, socket_timeout=TIMEOUT_SECONDS, decode_responses=True)
    try:
        version = str(client.info("server")["redis_version"])
    except (redis.RedisError, OSError) as error:
        yield fail("broker", f"Redis does not answer: {error}", "start it, and compare DARKROOM_REDIS_URL")
        return
    if tuple(int(part) for part in version.split(".")[:2]) < REDIS_MINIMUM:
        yield warn("broker", f"Redis {version}", "6.2 or newer is tested")
    else:
        yield ok("broker", f"Redis {version}")
    try:
        config = client.config_get("maxmemory-policy") | client.config_get("appendonly")
        yield from check_redis_config({str(name): str(value) for name, value in config.items()})
    except redis.RedisError:
        yield warn(
            "redis", "does not tell its settings", "see to maxmemory-policy noeviction and appendonly yes"
        )


def check_redis_config(config: Mapping[str, str]) -> Iterator[Finding]:
    for name, wanted in (("maxmemory-policy", "noeviction"), ("appendonly", "yes")):
        found = config.get(name, "unknown")
        if found == wanted:
            yield ok("redis", f"{name} {found}")
        else:
            yield warn(
                "redis",
                f"{name} {found}",
                f"CONFIG SET {name} {wanted}, and in redis.conf: bells would be late",
            )


def check_store(settings: Settings) -> Iterator[Finding]:
    store = stores.connect(settings)
    try:
        store.check()
        where = (
            f"bucket {settings.s3_bucket}" if settings.store == "s3" else "folder blobs in the data directory"
        )
        yield ok("store", where)
        if settings.store == "s3":
            for origin in filter(None, (origin.strip() for origin in settings.cors_origins.split(","))):
                yield check_cors(store.presign_put("check/cors", expires=60).url, origin)
    except DarkroomError as error:
        yield fail("store", error.message, error.hint or "compare DARKROOM_STORE and DARKROOM_S3_*")
    finally:
        store.close()


def check_cors(url: str, origin: str) -> Finding:
    """Return whether a browser of this origin may PUT to a signed link."""
    subject, todo = "cors", "darkroom up sets the rule; or set it on the bucket by hand"
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    try:
        answer = httpx.options(url, headers=asked, timeout=TIMEOUT_SECONDS)
    except httpx.TransportError as error:
        return fail(
            subject, f"the public endpoint does not answer: {error}", "compare DARKROOM_S3_PUBLIC_ENDPOINT"
        )
    if answer.headers.get("Access-Control-Allow-Origin") in {origin, "*"}:
        return ok(subject, f"{origin} may use signed links")
    return fail(subject, f"browsers of {origin} are refused by the bucket", todo)


def check_web(settings: Settings) -> Iterator[Finding]:
    url = settings.url()
    try:
        answer = httpx.get(f"{url}/readyz", timeout=TIMEOUT_SECONDS)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        yield warn("api", f"nobody answers at {url}: {error}", "darkroom up, or darkroom web")
        return
    if answer.status_code == 200:
        yield ok("api", f"ready at {url}")
    else:
        yield fail(
            "api", f"{url}/readyz says {answer.status_code}: {answer.text[:200]}", "see the checks above"
        )
