"""Movies: a new one, all of them, and what is known of one."""

from email.header import Header

from falcon import Request, Response

from api.dialects.planttracer import checks, course_choice, movie_views
from api.dialects.planttracer.answers import Refused, answer
from api.dialects.planttracer.credential import forbid_demo
from api.dialects.planttracer.fields import Fields
from api.dialects.planttracer.reach import asked, means_of, readable
from api.services import Services
from darkroom.errors import Invalid
from storage.blob_values import SignedPost
from storage.engine import read, write
from storage.planttracer import frames, intake, movies
from storage.planttracer.intake import CONTENT_TYPE
from storage.planttracer.movies import Movie

FORM_SECONDS = 3600.0
NOT_ANSWERED = "not-answered"
NO_COUNT = "frame_start provided but frame_count is not provided"
BAD_COUNT = "frame_count must be greater than 0"
COMPLETION = "http"  # newer clients then call process-upload, which finds the upload at once


class NewMovie:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Write a movie down, and give out the form with which its bytes are posted to the store."""
        fields, person = asked(self.services, req)
        forbid_demo(person)
        given = self._given(fields)
        with write(self.services.engine) as db:
            choice = course_choice.choose(db, person, fields.get("course_id"))
            movie = movies.add(db, person.user_id, choice.course_id, **given)
            post = self._form(movie)  # if the store gives out none, there is no movie either
        answer(
            resp,
            movie_id=movie.movie_id,
            presigned_post={"url": post.url, "fields": dict(post.fields)},
            upload_completion_mode=COMPLETION,
            course_context=choice.context,
        )

    def _given(self, fields: Fields) -> dict[str, str | int | None]:
        limit = self.services.settings.planttracer_upload_limit_bytes
        digest = checks.checked_digest(fields.text("movie_data_sha256"))
        size = checks.checked_length(
            fields.get("movie_data_length"), fields.number("movie_data_length"), limit
        )
        credit = checks.answer_of(fields.get("credit_by_name"))
        name = fields.text("attribution_name").strip()[: checks.NAME_LIMIT]
        try:
            fpm = checks.checked_fpm(fields.get("fpm")) if fields.text("fpm").strip() else None
        except Invalid as error:  # here the client reads the message only with status 200
            raise Refused(error.message) from error
        return {
            "title": checks.checked_text("title", fields.text("title"), checks.TITLE_LIMIT),
            "description": checks.checked_text(
                "description", fields.text("description"), checks.DESCRIPTION_LIMIT
            ),
            "sha256": digest,
            "size_declared": size,
            "research_use": checks.answer_of(fields.get("research_use")),
            "credit_by_name": credit,
            "attribution_name": (name or None) if credit == 1 else None,
            "fpm": fpm,
        }

    def _form(self, movie: Movie) -> SignedPost:
        metadata = {
            "research-use": _told(movie.research_use),
            "credit-by-name": _told(movie.credit_by_name),
            "attribution-name": _in_ascii(movie.attribution_name or ""),
            "fpm": movie.fpm or "",
        }
        return self.services.blobs.presign_post(
            movie.upload_key or "",
            expires=FORM_SECONDS,
            size_limit=movie.size_declared or self.services.settings.planttracer_upload_limit_bytes,
            content_type=CONTENT_TYPE,
            metadata=metadata,
        )


class ListMovies:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """List the caller's movies, and those of the caller's courses that the caller may see."""
        fields, person = asked(self.services, req)
        course_id = fields.get("course_id") or None
        with read(self.services.engine) as db:
            if course_id is not None:
                course_choice.check(db, person, course_id)
            shown = movies.visible(db, person.user_id, course_id)
        means = means_of(self.services)
        shown = [
            intake.look_after(means, movie.movie_id) if movie.is_under_way() else movie for movie in shown
        ]
        with read(self.services.engine) as db:
            known = movie_views.known_of(db, shown)
        listed = [movie_views.listed_view(self.services, movie, known[movie.movie_id]) for movie in shown]
        answer(resp, movies=listed)


class MovieMetadata:
    speaks = ""

    def __init__(self, services: Services) -> None:
        self.services = services

    def on_post(self, req: Request, resp: Response) -> None:
        """Tell what is known of a movie, and the markers of some of its frames, or of all once they are traced."""
        fields, person = asked(self.services, req)
        movie = readable(self.services, person, fields.get("movie_id")).movie
        wanted = self._frames(movie, fields)
        with read(self.services.engine) as db:
            known = movie_views.known_of(db, [movie])[movie.movie_id]
            found = None if wanted is None else frames.between(db, movie.movie_id, *wanted)
        told = {} if found is None else {"frames": movie_views.frames_view(found)}
        answer(resp, metadata=movie_views.metadata_view(self.services, movie, known), **told)

    on_get = on_post

    def _frames(self, movie: Movie, fields: Fields) -> tuple[int, int | None] | None:
        """Return the first and last of the frames that are asked for, None when none are. Raises Refused."""
        start, count = fields.number("frame_start"), fields.number("frame_count")
        if start is not None:
            if count is None:
                raise Refused(NO_COUNT, 400)
            if count < 1:
                raise Refused(BAD_COUNT, 400)
            return max(0, start), start + count - 1
        wants_all = fields.flag("get_all_if_tracking_completed")
        is_traced = movie_views.status_of(movie) == movie_views.TRACED
        return (0, None) if wants_all and is_traced else None


def _in_ascii(text: str) -> str:
    """Return the text as S3 tells metadata beyond ASCII (RFC 2047): Ceph's gateway takes no form with other letters."""
    return text if text.isascii() else Header(text, "utf-8").encode(maxlinelen=0)


def _told(answered: int | None) -> str:
    return NOT_ANSWERED if answered is None else str(answered)
