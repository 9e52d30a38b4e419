"""The actor of `photo`: looks into a photo and makes its thumbnails."""

from darkroom.params import PhotoParams
from pipelines.photo import develop_photo
from workers.work import Made, Work


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, PhotoParams)  # noqa: S101 - the table of actors pairs kinds and params
    with work.open("photo") as source:
        photo = develop_photo(
            source,
            work.folder(),
            sides=params.sides,
            quality=params.quality,
            pixels_limit=work.settings.picture_pixels_limit,
        )
    return Made(
        summary=photo.as_dict(), files=[(thumbnail.name, "image/jpeg") for thumbnail in photo.thumbnails]
    )
