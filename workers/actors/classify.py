"""The actor of `classify`: tells what is seen at points of pictures; one that fails costs no other."""

import msgspec

from darkroom.jobs import Failure
from darkroom.params_classify import ClassifyParams
from pipelines.classify.classifier import Classifier
from pipelines.classify.features import Tick
from storage.classify.findings import FILE, Entry, Findings
from storage.classify.labels import Called
from workers.classified import classify, draw, entry, overlay_name
from workers.named import MODEL
from workers.patience import slowly
from workers.pictures import Seen, count_of, pictures_of, wrong_with
from workers.work import Made, Work

JSON, JPEG = "application/json", "image/jpeg"


def develop(work: Work) -> Made:
    params = work.params
    assert isinstance(params, ClassifyParams)  # noqa: S101 - the table of actors pairs kinds and params
    work.tick(0, count_of(work, params), "images")
    sha256 = work.inputs[MODEL].sha256
    with work.networks.classifier(sha256, lambda: work.file(MODEL)) as classifier:
        entries = _entries(work, params, classifier)
        labels = [Called(label.id, label.code, label.name) for label in classifier.labels]
        device = classifier.device
    (work.folder() / FILE).write_bytes(msgspec.json.encode(Findings(labels, entries)))
    failed = [one for one in entries if one.error is not None]
    summary = {
        "images": [{"index": one.index, "error": one.error and one.error.code} for one in entries],
        "classified": len(entries) - len(failed),
        "failed": len(failed),
        "points": sum(len(one.points) for one in entries),
        "device": device,
    }
    drawn = [overlay_name(one.index) for one in entries if params.overlay and one.error is None]
    files = [(FILE, JSON), *((name, JPEG) for name in drawn)]
    return Made(summary=summary, files=files, failure=_failure(failed, len(entries)))


def _entries(work: Work, params: ClassifyParams, classifier: Classifier) -> list[Entry]:
    count = count_of(work, params)
    entries: list[Entry] = []
    for seen in pictures_of(work, params):
        entries.append(_entry(work, seen, classifier, slowly(work.tick, len(entries), count, "images")))
        del seen  # before the next is decoded: two large pictures are more than one
        work.tick(len(entries), count, "images" if len(entries) < count else "done")
    return sorted(entries, key=lambda one: one.index)


def _entry(work: Work, seen: Seen, classifier: Classifier, tick: Tick) -> Entry:
    params = work.params
    assert isinstance(params, ClassifyParams)  # noqa: S101 - the table of actors pairs kinds and params
    if seen.wrong is not None:
        return entry(seen, [], seen.wrong)
    try:
        points = classify(seen, classifier, params.top, tick)
        if params.overlay:
            draw(seen, points, classifier, work.folder() / overlay_name(seen.asked.index))
        return entry(seen, points, None)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the others go on
        return entry(seen, [], wrong_with(error, seen.asked))


def _failure(failed: list[Entry], images: int) -> Failure | None:
    """Say what is wrong with the first that failed."""
    if not failed or failed[0].error is None:
        return None
    first, error = failed[0], failed[0].error
    also = f", and {len(failed) - 1} more of {images}" if len(failed) > 1 else ""
    reason = error.message.rstrip(".")
    hint = "the others were kept" if len(failed) < images else None
    return Failure(error.code, f"image {first.index}: {reason}{also}", hint)
