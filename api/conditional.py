"""Conditional reads and long-polls: what a poller spares itself and us."""

from falcon import Request, Response

from storage.blob_ranges import is_match


def is_known(req: Request, tag: str) -> bool:
    """Tell whether the client has this version already."""
    return is_match(req.get_header("If-None-Match"), tag)


def answer_unchanged(resp: Response) -> None:
    """Answer that nothing changed; ETag and Retry-After stay as they were set."""
    resp.status = 304
    resp.content_type = None


def set_etag(resp: Response, tag: str) -> None:
    """Set a weak tag: what waits beside a queued job may change without a new version."""
    resp.set_header("ETag", f'W/"{tag}"')
