"""A house with a classifier that is ready, and what tests of classify jobs do in it."""

import io
import json

from storage import blobs, jobs, media
from storage.classify import classifiers, sources
from storage.classify.classifiers import NewClassifier, State
from storage.classify.labels import Called
from storage.engine import read, write
from workers import bell, enqueue
from workers.enqueue import Order

LABELS = [Called(1, "sand", "Sand"), Called(2, "coral", "Hard coral")]


class House:
    """Orders classify jobs and reads what they found."""

    def __init__(self, engine, settings, owner):
        self.engine, self.settings, self.owner = engine, settings, owner
        self.store = blobs.connect(settings)
        self.classifier = 0

    def put(self, content, name="a.png", owner=None):
        """Store bytes as a medium; return its id."""
        blob = self.store.put(None, io.BytesIO(content))
        with write(self.engine) as db:
            return self._record(db, blob, name, owner).id

    def _record(self, db, blob, name, owner=None):
        given = {"sha256": blob.sha256, "size": blob.size, "name": name, "content_type": "image/png"}
        return media.add(db, owner or self.owner, **given)

    def install(self, path, owner=None):
        """Make a classifier of a model file; return its id."""
        blob = self.store.put_file(None, path)
        owner = owner or self.owner
        with write(self.engine) as db:
            record = self._record(db, blob, "model.onnx", owner)
            source = sources.add(db, owner, name=f"Source of {record.id}").id
            made = classifiers.add(
                db, NewClassifier(source=source, owner=owner, name="Reef", job=0, labels=LABELS)
            )
            found = {"media_id": record.id, "sha256": blob.sha256}
            classifiers.settle(db, classifiers.get(db, made, owner), State.READY, **found)
        return made

    def order(self, *, inputs=None, reuse=True, settings=None, **params):
        """Order a classify job; return its id."""
        given = {"classifier": self.classifier, **params}
        order = Order(kind="classify", params=given, inputs=inputs or {}, owner=self.owner, reuse=reuse)
        settings = settings or self.settings
        return enqueue.submit(self.engine, bell.connect(settings, self.engine), settings, order).job.id

    def job(self, job_id):
        with read(self.engine) as db:
            return jobs.get(db, job_id, None)

    def files(self, job_id):
        return [output.name for output in self.job(job_id).read_result().outputs]

    def found(self, job_id):
        """Return what all parts found, image by image, in the order of the request."""
        images = []
        for output in self.job(job_id).read_result().outputs:
            if output.name.endswith("classified.json"):
                images += json.loads(self.store.read_range(output.key, 0, output.size))["images"]
        return images


def first(image):
    """Return the id of the likeliest label of each point."""
    return [point["classes"][0][0] for point in image["points"]]
