"""Every path of the Plant Tracer door that is about movies."""

from api.dialects.planttracer.resources.markers import GetTrackpoints, PutTrackpoints, RenameMarker
from api.dialects.planttracer.resources.movie_changes import (
    DeleteMovie,
    RotateMovie,
    SetFpm,
    SetResearch,
    SetTrim,
)
from api.dialects.planttracer.resources.movies import ListMovies, MovieMetadata, NewMovie
from api.dialects.planttracer.resources.pictures import FirstFrame, MovieData, Ping
from api.dialects.planttracer.resources.tracing import ProcessUpload, TraceMovie
from api.services import Services
from api.typed import Resource


def movie_routes(services: Services) -> list[tuple[str, Resource]]:
    """Return path and resource."""
    return [
        ("/api/new-movie", NewMovie(services)),
        ("/api/list-movies", ListMovies(services)),
        ("/api/get-movie-metadata", MovieMetadata(services)),
        ("/api/get-movie-trackpoints", GetTrackpoints(services)),
        ("/api/put-frame-trackpoints", PutTrackpoints(services)),
        ("/api/rename-marker", RenameMarker(services)),
        ("/api/rotate-movie", RotateMovie(services)),
        ("/api/delete-movie", DeleteMovie(services)),
        ("/api/set-movie-trim", SetTrim(services)),
        ("/api/set-movie-fpm", SetFpm(services)),
        ("/api/set-research-metadata", SetResearch(services)),
        # Under both: the older client's button to play asks the first at the address of the second.
        ("/api/v1/movie-data", MovieData(services)),
        ("/resize-api/v1/movie-data", MovieData(services)),
        ("/resize-api/v1/ping", Ping(services)),
        ("/resize-api/v1/first-frame", FirstFrame(services)),
        ("/resize-api/v1/trace-movie", TraceMovie(services)),
        ("/resize-api/v1/process-upload", ProcessUpload(services)),
    ]
