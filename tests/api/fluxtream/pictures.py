"""Photos made for the tests of this door, and what is said of them."""

import io
import json

from PIL import Image

TAKEN = '{"capture_time_secs_utc":1355314332.000}'


def picture(colour="red", size=(640, 480), image_format="JPEG", **options):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, image_format, **options)
    return file.getvalue()


def at(seconds, **more):
    return json.dumps({"capture_time_secs_utc": seconds, **more})


def tile(phone, channel="FluxtreamCapture.photo", level=40, base="/api", **query):
    """The photos of the tile that holds everything since the epoch."""
    return phone.look(f"{base}/bodytrack/photos/{phone.id}/{channel}/{level}.0.json", **query).json
