"""Spans of time that clients may draw: no source of this house has any."""

from falcon import Request, Response

from api.dialects.fluxtream.answers import answer
from api.dialects.fluxtream.manner import Manner
from api.dialects.fluxtream.reach import check_reader
from api.dialects.fluxtream.spots import read_spot
from api.services import Services


class Timespans:
    speaks = ""

    def __init__(self, services: Services, manner: Manner) -> None:
        self.services = services
        self._manner = manner

    def on_get(self, req: Request, resp: Response, uid: int, channel: str, spot: str) -> None:
        read_spot(spot)
        if not self._manner.is_legacy:
            check_reader(self.services, req, uid)
        answer(resp, {"data": [], "type": "timespan"})
