"""The turnstile behind the threshold: who is it, how often have they been here; only then, whether there is what they ask."""

import falcon
from falcon import Request, Response

from api.dialects.coralnet.credential import Identify
from api.dialects.coralnet.throttle import HOUR, MINUTE, Standing, Throttle
from api.services import Services
from storage.users import Caller


class Turnstile:
    """Counts the requests of each user over all paths of the door."""

    def __init__(self, services: Services, credential: Identify) -> None:
        settings = services.settings
        self._credential = credential
        self._limits = (settings.coralnet_requests_per_minute, settings.coralnet_requests_per_hour)
        self._throttle = Throttle(*self._limits)

    def process_resource(
        self, req: Request, resp: Response, resource: object, params: dict[str, object]
    ) -> None:
        methods = methods_of(resource)
        resp.set_header("Allow", ", ".join(methods))
        if req.method == "OPTIONS":
            return
        if not getattr(resource, "anonymous", False):
            self._count(req, resp)
        if req.method not in methods:
            raise falcon.HTTPMethodNotAllowed(methods, description=f'Method "{req.method}" not allowed.')

    def process_response(self, req: Request, resp: Response, resource: object, req_succeeded: bool) -> None:
        resp.set_header("Cache-Control", "no-store")
        resp.set_header("Vary", "Authorization")

    def _count(self, req: Request, resp: Response) -> None:
        # A method that is not there has not been at the threshold of the house.
        caller: Caller = getattr(req.context, "caller", None) or self._credential(req)
        self._tell(resp, self._throttle.take(caller.user_id))

    def _tell(self, resp: Response, standing: Standing) -> None:
        """Tell what is left, in the fields of draft-ietf-httpapi-ratelimit-headers-06."""
        minute, hour = self._limits
        resp.set_header("RateLimit-Policy", f"{minute};w={MINUTE}, {hour};w={HOUR}")
        resp.set_header("RateLimit-Limit", str(standing.limit))
        resp.set_header("RateLimit-Remaining", str(standing.remaining))
        resp.set_header("RateLimit-Reset", str(standing.reset_seconds))


def methods_of(resource: object) -> list[str]:
    """Return the methods that a resource answers, as the header Allow lists them."""
    known = [method for method in ("GET", "POST", "HEAD") if hasattr(resource, f"on_{method.lower()}")]
    return [*known, "OPTIONS"]
