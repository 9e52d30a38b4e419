"""What pages of another origin may read and send: this door's frames and traces, which carry no cookie."""

from falcon import Request, Response

METHODS = "GET, POST, OPTIONS"
HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Methods": METHODS,
}


def let_cross(resp: Response) -> None:
    """Let any page read the answer, an error as well."""
    resp.set_headers(HEADERS)


class Crossing:
    """Answers the question that a browser asks before it sends."""

    def on_options(self, req: Request, resp: Response) -> None:
        let_cross(resp)
        resp.set_header("Allow", METHODS)  # without it falcon's CORSMiddleware takes all the others away
        resp.status = 204
