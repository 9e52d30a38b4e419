"""Every setting, read once from DARKROOM_*; a misspelt variable stops the start."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from darkroom.allowed import read_allowed, read_ports
from darkroom.errors import Invalid
from darkroom.proxies import read_networks

PREFIX = "DARKROOM_"
# Read by the test-suite and the command line before settings exist; allowed, never a setting.
ALLOWED_STRANGERS = {
    "DARKROOM_TEST_DATABASE_URL",
    "DARKROOM_TEST_DIR",
    "DARKROOM_TEST_KILLS",
    "DARKROOM_TEST_RECORDINGS",
    "DARKROOM_TEST_REDIS_URL",
    "DARKROOM_TEST_S3_ACCESS_KEY",
    "DARKROOM_TEST_S3_ENDPOINT",
    "DARKROOM_TEST_S3_SECRET_KEY",
    "DARKROOM_TEST_SERVICES",
    "DARKROOM_TOKEN",
    "DARKROOM_URL",
}

Seconds = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Size = Annotated[int, Meta(ge=1)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value per `DARKROOM_<NAME>`; docs/reference/settings.md tells each, a test holds them together."""

    # where things live
    data_dir: str = "var"
    database_url: str = ""  # empty: SQLite in data_dir
    broker: Literal["sql", "redis"] = "sql"
    redis_url: str = "redis://127.0.0.1:6379/0"
    store: Literal["folder", "s3"] = "folder"
    s3_endpoint: str = ""  # empty: AWS itself
    s3_public_endpoint: str = ""  # what clients can reach; empty: the same
    s3_region: str = "us-east-1"
    s3_bucket: str = "darkroom"
    s3_access_key: str = ""
    s3_secret_key: str = ""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    # the door
    bind: str = "127.0.0.1:8000"
    public_url: str = ""  # what clients call us; empty: http://<bind>
    web_processes: Count = 1
    web_threads: Count = 160
    wait_limit_seconds: Annotated[float, Meta(ge=0, le=60)] = 30.0
    waiters_limit: Count = 120  # of web_threads; the rest of the waiters are answered at once
    body_limit_bytes: Size = 1 << 20  # of a JSON body
    json_depth_limit: Count = 32
    upload_limit_bytes: Size = 8 << 30
    part_size_bytes: Annotated[int, Meta(ge=5 << 20)] = 16 << 20  # of a multipart upload
    upload_expiry_seconds: Seconds = 24 * 3600.0
    url_expiry_seconds: Seconds = 3600.0
    open_jobs_limit: Count = 1000  # per user, not yet ended
    rate_per_second: Seconds = 100.0  # per token and web process
    rate_burst: Count = 400
    cors_origins: str = ""  # comma-separated; empty: none
    trusted_proxies: str = ""  # comma-separated networks whose X-Forwarded-For is believed; empty: none

    # the ledger
    lease_seconds: Seconds = 15.0
    beat_seconds: Seconds = 1.0  # how often a worker renews its lease, writes progress and hears a cancel
    max_attempts: Count = 3
    retry_seconds: Seconds = 2.0  # first wait; doubles with every attempt
    retry_limit_seconds: Seconds = 300.0
    fairness_half_life_seconds: Seconds = 600.0
    result_expiry_seconds: Seconds = 30 * 24 * 3600.0
    orphan_seconds: Seconds = 3600.0  # a blob nobody points to is swept at this age
    sweep_seconds: Seconds = 1.0
    ring_seconds: Seconds = (
        2.0  # a waiting job that nobody heard is rung again after this long, then doubling
    )

    # the bench
    queues: str = "quick,cpu,io"
    slots: Count = 2
    poll_seconds: Seconds = 0.02  # how soon the SQL broker sees a new job
    look_seconds: Seconds = 5.0  # how often a worker looks for work without having heard a bell
    grace_seconds: Seconds = 10.0  # at SIGTERM a job may take this long to end before it is handed back
    wall_limit_seconds: Seconds = 6 * 3600.0
    stall_limit_seconds: Seconds = 600.0  # without any progress
    memory_limit_bytes: Size = 4 << 30
    output_limit_bytes: Size = 64 << 30
    health_bind: str = ""  # host:port of a worker's own health page; empty: none
    bell_loss: Annotated[float, Meta(ge=0, le=1)] = 0.0  # share of bells lost on purpose, to rehearse
    drills: bool = False  # the `drill` kind, with which operators rehearse failures

    # what a movie may ask of us
    pixels_limit: Size = 100_000_000  # of one frame
    frames_limit: Size = 10_000_000  # of one movie
    points_limit: Count = 1000  # of one track job
    corrections_limit: Count = 10_000  # of one track job
    table_limit_bytes: Size = 256 << 20  # of a table of tracks that a job reads
    quick_table_bytes: Size = 1 << 20  # a larger table is analysed on the queue `cpu`
    frames_per_job_limit: Count = 1000  # that one job takes out of a movie
    quick_frames_limit: Count = 32  # a job of more frames waits on the queue `cpu`
    picture_pixels_limit: Size = 100_000_000  # of one picture that we make, a montage for example
    job_pixels_limit: Size = 1_000_000_000  # of all pictures that one job makes
    ranges_limit: Count = 100  # of one clip job
    chunk_seconds: Annotated[float, Meta(ge=10)] = 120.0  # of a movie, for one part of a long job
    parts_limit: Count = 100  # of one job

    # the door to single frames
    frame_wait_seconds: Annotated[float, Meta(ge=0, le=60)] = 15.0  # then the answer is a job to poll
    frame_age_seconds: Annotated[int, Meta(ge=0)] = 24 * 3600  # how long a client may keep one without asking
    warm_cache_bytes: Size = 64 << 20  # of decoded pictures that a warm child keeps per movie
    warm_movies: Count = 3  # that it keeps open

    # what is fetched for a classify job
    fetch_allow: str = ""  # comma-separated networks and hosts, [:port], that may be private
    fetch_ports: str = "80,443"  # of public addresses
    fetch_bytes_limit: Size = 30 << 20  # of one picture
    fetch_seconds: Seconds = 120.0  # for one picture, redirects and further attempts included
    fetch_connect_seconds: Seconds = 5.0
    fetch_idle_seconds: Seconds = 20.0  # without a byte
    fetch_redirects_limit: Annotated[int, Meta(ge=0)] = 5
    fetch_attempts: Count = 3
    classify_images_limit: Count = 1000  # of one classify job, frames of a movie included
    classify_points_limit: Count = 1000  # of one picture
    classify_parts_limit: Count = 100  # a job of more pictures takes some together
    features_images_per_part: Count = 50  # of a job that computes features
    classify_bytes_limit: Size = 256 << 20  # of one picture that is a medium
    classify_pixels_limit: Size = 64_000_000  # of one picture
    classify_side_limit: Size = 30_000  # px of one side of it

    # networks
    network_device: Literal["auto", "cpu", "cuda"] = "auto"  # auto: CUDA where it runs
    network_threads: Count = 1  # on a CPU; slots share it out better
    network_bytes_limit: Size = 200 << 20  # of a network that somebody brings
    network_nodes_limit: Count = 20_000  # of its graph
    network_seconds_limit: Seconds = 2.0  # that it may take for one patch, on a CPU
    warm_networks: Count = 3  # that a warm child keeps open

    # sensor streams
    streams_upload_limit_bytes: Size = 1 << 30  # of one upload, as received and unpacked
    streams_inline_bytes: Annotated[int, Meta(ge=0)] = 32 << 10  # an upload up to it is no object
    streams_quick_bytes: Size = 1 << 20  # a larger upload waits on the queue `io`
    streams_wait_seconds: Annotated[float, Meta(ge=0, le=60)] = 15.0  # then the answer is a job to poll
    streams_together_limit: Count = 64  # small uploads of one device that are published together
    streams_tail_samples: Annotated[int, Meta(ge=0)] = 4096  # of a channel, kept in the database until folded
    streams_tail_uploads: Annotated[int, Meta(ge=0)] = 256
    streams_tile_channels_limit: Count = 32  # that are shown in one tile
    streams_range_limit: Count = 100_000  # samples in one answer
    streams_compact_tombstones: Count = 10_000  # of a channel, before what was deleted there is let go
    streams_past_seconds: Seconds = 7 * 24 * 3600.0  # how long versions that were replaced can be read
    streams_cache_bytes: Size = 256 << 20  # of chunks and pages that a web process keeps unpacked

    # sources of labelled points
    sources_labels_limit: Count = 5000  # of one source
    sources_images_limit: Count = 1_000_000  # of one source
    sources_points_limit: Count = 1000  # labelled on one image of a source
    sources_import_rows_limit: Count = 200_000  # of one CSV of points: a million hold others up for 13 s
    sources_import_bytes_limit: Size = 128 << 20  # of one CSV of points, which is read as a whole
    sources_train_points_limit: Count = 1_000_000  # that one training reads

    # the Plant Tracer door
    planttracer_demo: bool = False  # everybody is the demo user, who may look and change nothing
    planttracer_mode: Literal["baseline", "precise"] = "baseline"  # how its traces follow points
    planttracer_upload_limit_bytes: Size = 256 << 20
    planttracer_frames_limit: Count = 10_000  # of one movie
    smtp_host: str = ""  # empty: no mail is sent, links are logged
    smtp_port: Annotated[int, Meta(ge=1, le=65535)] = 587
    smtp_user: str = ""  # empty: no login
    smtp_password: str = ""
    smtp_from: str = ""  # the sender's address
    smtp_starttls: bool = True
    smtp_timeout_seconds: Seconds = 10.0

    # the Fluxtream door
    samples_form_limit_bytes: Size = (
        100 << 20
    )  # of samples in a form, which is read as a whole; jupload streams
    photo_limit_bytes: Size = 100 << 20
    photo_wait_seconds: Annotated[float, Meta(ge=0, le=60)] = (
        15.0  # then the answer says that it is looked into
    )
    views_limit: Count = 1000  # that one user saves

    # the CoralNet door
    coralnet_images_limit: Count = 100  # of one deploy
    coralnet_points_limit: Count = 200  # of one image
    coralnet_active_jobs_limit: Count = 5  # deploys of one user that have not ended
    coralnet_requests_per_minute: Count = 60  # per user and web process, over all paths of the door
    coralnet_requests_per_hour: Count = 1000
    coralnet_body_limit_bytes: Size = 8 << 20
    coralnet_tokens_limit: Count = 20  # of one user, from logins; the oldest beyond it end

    def __post_init__(self) -> None:
        """Refuse lists that cannot be read, while whoever wrote them still looks. Raises ValueError."""
        read_allowed(self.fetch_allow)
        read_ports(self.fetch_ports)
        read_networks(self.trusted_proxies)

    def database(self) -> str:
        """Return the database URL, SQLite in the data directory when none is set."""
        if not self.database_url:
            return f"sqlite:///{Path(self.data_dir).resolve() / 'darkroom.db'}"
        return self.database_url.replace("postgres://", "postgresql://", 1).replace(
            "postgresql://", "postgresql+psycopg://", 1
        )

    def url(self) -> str:
        """Return the address under which clients reach the API, without a slash at its end."""
        return (self.public_url or f"http://{self.bind}").rstrip("/")


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from `DARKROOM_*` variables.

    Raises Invalid when a variable is unknown or its value does not fit.
    """
    named = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environ.items()
        if name.startswith(PREFIX) and name not in ALLOWED_STRANGERS
    }
    try:
        return msgspec.convert(named, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"settings: {error}", hint="docs/reference/settings.md lists every DARKROOM_* variable"
        ) from error


def dump(settings: Settings) -> dict[str, str]:
    """Return the `DARKROOM_*` variables that make these settings, for a child process."""
    default = Settings()
    return {
        f"{PREFIX}{name.upper()}": str(value).lower() if isinstance(value, bool) else str(value)
        for name in Settings.__struct_fields__
        if (value := getattr(settings, name)) != getattr(default, name)
    }
