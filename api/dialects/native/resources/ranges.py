"""The samples of a channel between two times, as they are."""

import csv
import io
from itertools import chain, islice

import falcon
from falcon import Request, Response

from api.bodies import write_json
from api.dialects.native import channel_wire as wire
from api.dialects.native.channel_query import readable_channel
from api.dialects.native.resources.samples import ARROW, CSV
from api.services import Services
from api.tiles import rows_arrow
from api.typed import Answer, operation
from darkroom.errors import Invalid
from storage.engine import read

Rows = list[tuple[float, float]] | list[tuple[float, str]]

SPOKEN = (falcon.MEDIA_JSON, CSV, ARROW)


class ChannelRange:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    @operation(
        "Read samples",
        query=wire.RangeQuery,
        headers={"Accept": f"`{CSV}`, or `{ARROW}` for an Arrow stream"},
        answers={
            200: Answer(
                "in the order of time", wire.SampleRange, headers=("Link", "Vary"), pictures=(CSV, ARROW)
            )
        },
        faults=(410,),
    )
    def on_get(self, req: Request, resp: Response, device: str, channel: str, query: wire.RangeQuery) -> None:
        """Those with `from <= seconds < to`, at most `limit`; a Link to the next, and in JSON `next_from`, say that there
        are more. Numbers; with `what=texts` the texts.
        """
        spoken = req.client_prefers(SPOKEN)
        if spoken is None:
            raise falcon.HTTPNotAcceptable(description=f"this is answered in {', '.join(SPOKEN)}")
        rows = self._rows(req, f"{device}.{channel}", query)
        next_from = rows[query.limit][0] if len(rows) > query.limit else None
        if next_from is not None:
            more = falcon.to_query_str({**req.params, "from": repr(next_from)})
            resp.append_link(f"{req.path}{more}", "next")
        resp.set_header("Vary", "Accept, Authorization")
        _write(resp, spoken, rows[: query.limit], next_from)

    def on_post(self, req: Request, resp: Response, device: str, channel: str) -> None:
        """Refuse samples that are sent to a device whose name has a dot, for that is the path of a channel."""
        raise Invalid(
            f"samples are sent to a device, whose name has no dot, as {device[:200]}.{channel[:200]} has",
            where="device",
            hint="name the channels in the upload",
        )

    def _rows(self, req: Request, full: str, query: wire.RangeQuery) -> Rows:
        """Return the samples, and one more if there is one."""
        limit = self.services.settings.streams_range_limit
        if query.limit > limit:
            raise Invalid(f"limit is above {limit}", where="limit", limit=limit)
        if query.end < query.start:
            raise Invalid("to is before from", where="to", limit=query.start)
        with read(self.services.engine) as db:
            channel = readable_channel(db, req, full, query.owner)
        tiles = self.services.tiles
        if query.what == "texts":
            words = tiles.texts(channel, query.start, query.end, asof=query.asof)
            return list(islice(chain.from_iterable(words), query.limit + 1))
        numbers = tiles.samples(channel, query.start, query.end, asof=query.asof)
        return list(islice(chain.from_iterable(numbers), query.limit + 1))


def _write(resp: Response, spoken: str, rows: Rows, next_from: float | None) -> None:
    if spoken == falcon.MEDIA_JSON:
        write_json(resp, {"fields": ["time", "value"], "data": rows, "next_from": next_from})
        return
    resp.content_type = spoken
    resp.data = rows_arrow(rows) if spoken == ARROW else _csv(rows)


def _csv(rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("time", "value"))
    writer.writerows(rows)
    return text.getvalue().encode()
