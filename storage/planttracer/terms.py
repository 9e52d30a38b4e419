"""What its owner lets others do with a movie, in the words that its pictures carry; pure."""

from storage.planttracer.movies import Movie

PROHIBITED = "research use prohibited"  # also where the owner has not answered
ALLOWED = "research use allowed (no credit required)"
CREDITED = "research use allowed; credit {name}"


def research_terms(movie: Movie) -> str:
    """Return the comment of the movie's frames and traced movie."""
    if movie.research_use != 1:
        return PROHIBITED
    if movie.credit_by_name == 1 and movie.attribution_name:
        return CREDITED.format(name=movie.attribution_name)
    return ALLOWED
