"""The movie that a call is about, as far as its caller may reach it."""

from falcon import Request
from msgspec import Struct

from api.auth import permit
from api.dialects.planttracer.answers import Refused
from api.dialects.planttracer.credential import forbid_demo
from api.dialects.planttracer.fields import Fields, fields_of
from api.dialects.planttracer.visitors import person_of
from api.services import Services
from darkroom.errors import Forbidden, Unauthenticated
from storage.engine import read
from storage.planttracer import intake, movies, people
from storage.planttracer.means import Means
from storage.planttracer.movies import Movie, Rights
from storage.planttracer.people import DEMO_KEY, SCOPE, Person
from workers import enqueue

DIALECT = "planttracer"
NO_ID = "movie_id is invalid or missing"
DENIED = "User does not have access to requested movie."
FIRST_LETTER = "m"  # of every movie's id


class Reached(Struct, frozen=True):
    """A movie, who asks for it, and what they may do with it."""

    movie: Movie
    person: Person
    rights: Rights


def asked(services: Services, req: Request) -> tuple[Fields, Person]:
    """Return what a call says, and who says it."""
    fields = fields_of(req, services.settings.body_limit_bytes)
    with read(services.engine) as db:
        return fields, person_of(db, req)


def means_of(services: Services) -> Means:
    """Return what the keeping of movies leans on."""
    counter = enqueue.Counter(services.bell, services.settings, DIALECT)
    return Means(services.engine, services.blobs, counter, services.settings)


def person_with(services: Services, key: str) -> Person:
    """Return who carries a key that came where only some calls have it. Raises Unauthenticated, Forbidden, TooMany."""
    if key == DEMO_KEY and not services.settings.planttracer_demo:
        raise Unauthenticated("the demo key opens nothing here")
    caller = services.callers.identify(key)
    services.rate.take(caller.token_id)
    permit(caller, SCOPE)
    with read(services.engine) as db:
        return people.get(db, caller.user_id)


def readable(services: Services, person: Person, movie_id: str | None) -> Reached:
    """Return a movie that this person may look at, brought as far as it can go. Raises Refused, Forbidden."""
    reached = _found(services, person, movie_id)
    if not reached.rights.reads:
        raise Forbidden(DENIED)
    return _looked_after(services, reached)


def editable(services: Services, person: Person, movie_id: str | None) -> Reached:
    """Return a movie that this person may change, brought as far as it can go. Raises Refused, Forbidden."""
    forbid_demo(person)
    reached = _found(services, person, movie_id)
    if not reached.rights.edits:
        raise Forbidden(DENIED)
    return _looked_after(services, reached)


def _found(services: Services, person: Person, movie_id: str | None) -> Reached:
    """Return the movie; one that is not there is refused in the words for one that is another's."""
    if not (movie_id or "").startswith(FIRST_LETTER):
        raise Refused(NO_ID, 400)
    with read(services.engine) as db:
        movie = movies.find(db, movie_id or "")
        if movie is None:
            raise Forbidden(DENIED)
        return Reached(movie, person, movies.rights(db, movie, person.user_id))


def _looked_after(services: Services, reached: Reached) -> Reached:
    movie = intake.look_after(means_of(services), reached.movie.movie_id)
    return Reached(movie, reached.person, reached.rights)
