"""The page that a login link opens: it keeps the key in a cookie, and lists one's movies without any script."""

from html import escape
from urllib.parse import urlencode

from falcon import Request, Response

from api.dialects.planttracer.credential import EXPIRED_COOKIE, KEY, credential_of, key_of
from api.dialects.planttracer.fields import fields_of
from api.pages import send_page
from api.schema_tables import table
from api.services import Services
from darkroom.errors import Unauthenticated
from storage.engine import read
from storage.planttracer import movies, people
from storage.planttracer.movies import Movie
from storage.planttracer.people import Person

COOKIE_SECONDS = 180 * 24 * 3600  # as long as the client's own pages keep it
TITLE = "Plant Tracer"
WITHOUT = """
<h1>Plant Tracer</h1>
<p class="lead">This link is not valid, or no longer.</p>
<p>Ask whoever runs your course for a new one, or have one sent from the page on which you registered.</p>
"""


class Login:
    anonymous = True
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._credential = credential_of(services)

    def on_get(self, req: Request, resp: Response) -> None:
        """Keep the key of the link and come back without it, so that it stays in no history; then show the page."""
        resp.set_header("Cache-Control", "no-store")
        resp.set_header("Referrer-Policy", "no-referrer")
        key = self._credential(req)
        try:
            person, found = self._look(key)
        except Unauthenticated:
            resp.status = 403
            resp.append_header("Set-Cookie", EXPIRED_COOKIE)
            send_page(resp, TITLE, WITHOUT)
            return
        if self._came_by_link(req):
            resp.status = 303
            resp.set_header("Location", "/login")
            resp.append_header("Set-Cookie", self._cookie(key or ""))
            return
        send_page(resp, TITLE, _page(person, found))

    def _look(self, key: str | None) -> tuple[Person, list[Movie]]:
        caller = self.services.callers.identify(key)
        with read(self.services.engine) as db:
            person = people.get(db, caller.user_id)
            return person, movies.visible(db, person.user_id)

    def _came_by_link(self, req: Request) -> bool:
        given = fields_of(req, self.services.settings.body_limit_bytes).get(KEY)
        return given is not None and given == key_of(req, self.services)

    def _cookie(self, key: str) -> str:
        # The client's own script reads it, so it is not HttpOnly.
        secure = "; Secure" if self.services.settings.url().startswith("https:") else ""
        return f"{KEY}={key}; Max-Age={COOKIE_SECONDS}; Path=/; SameSite=Lax{secure}"


def _page(person: Person, found: list[Movie]) -> str:
    rows = [_row(movie) for movie in found if not movie.deleted]
    listed = table(["Movie", "Course", "", ""], rows) if rows else "<p>There are no movies yet.</p>"
    name = escape(person.user_name or person.email)
    return f"<h1>Plant Tracer</h1><p class='lead'>You are logged in as {name}.</p><h2>Movies</h2>{listed}"


def _row(movie: Movie) -> list[str]:
    query = escape(urlencode({"movie_id": movie.movie_id}))
    links = [
        f'<a href="/resize-api/v1/movie-data?{query}">movie</a>',
        f'<a href="/api/get-movie-trackpoints?{query}">trackpoints (CSV)</a>',
    ]
    return [escape(movie.title), escape(movie.course_id), *links]
