"""The page at `/`: says what this is and where to go on; shows nothing that is anybody's."""

from falcon import Request, Response

from api import door
from api.dialects.native.envelope import envelope
from api.faults import App
from api.pages import send_page
from api.services import Services

PREFIX = ""

PAGE = """
<h1>Darkroom</h1>
<p>A self-hosted system that develops scientific media: send a movie, order a job, poll, collect the result.</p>
<p><a class="button" href="/v1/docs">Read the API</a></p>
<h2>In three requests</h2>
<pre>curl -H "Authorization: Bearer $TOKEN" -H "Content-Type: video/mp4" \\
     --data-binary @stem.mp4 "$URL/v1/media?name=stem.mp4"

curl -H "Authorization: Bearer $TOKEN" --json \\
     '{"kind": "track", "inputs": {"movie": 1},
       "params": {"points": [{"label": "Apex", "x": 278, "y": 166}]}}' "$URL/v1/jobs"

curl -H "Authorization: Bearer $TOKEN" "$URL/v1/jobs/2?wait=30"</pre>
<p>Or from Python and the shell: <code>darkroom.Client</code>, <code>darkroom submit</code>.</p>
<p class="quiet"><a href="/v1/openapi.json">openapi.json</a> · <a href="/healthz">healthz</a> ·
<a href="/readyz">readyz</a> · <a href="/metrics">metrics</a></p>
"""


class Front:
    anonymous = True
    speaks = ""

    def on_get(self, req: Request, resp: Response) -> None:
        send_page(resp, "Darkroom", PAGE)


def build(services: Services) -> App:
    """Return the app of the page; it also answers whatever no other app does."""
    app = door.open_door(services, envelope, lambda req: None)
    app.add_route("/", Front())
    return app
