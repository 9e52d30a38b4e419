"""Houses with the user, classifier and images of CoralNet's documentation: all in one folder, and on servers."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from darkroom import settings
from storage import blobs, media, users
from storage import engine as engines
from storage.classify import classifiers, labels, sources
from storage.classify.classifiers import NewClassifier, State
from storage.classify.labels import Called, NewLabel
from storage.engine import write
from tests.dialects.coralnet.colours import COLOURS, write_classifier
from tests.dialects.coralnet.pictures import Pictures, serving
from tests.dialects.planttracer.house import House, running

NAME, PASSWORD = "stephen", "my_password"
TOKEN = "f22f560a2186c0380962fc9b6da9b365102ef984"
CLASSIFIER = 5  # its id in the documentation
CORAL = "/wikipedia/commons/c/ca/Acropora_coral_ffs.jpg"
SETTINGS = {
    "DARKROOM_CORALNET_REQUESTS_PER_HOUR": "100000",
    "DARKROOM_CORALNET_REQUESTS_PER_MINUTE": "100000",
    "DARKROOM_SLOTS": "1",
}


@dataclass(frozen=True)
class Shell:
    """Runs curl against a house."""

    house: House
    pictures: Pictures

    def curl(self, line: str) -> tuple[str, str]:
        """Run a line as it stands in the documentation, with our hosts; give what was printed, and what was told."""
        line = line.replace("https://coralnet.ucsd.edu", self.house.url)
        for host in ("https://upload.wikimedia.org", "https://commons.wikimedia.org"):
            line = line.replace(host, self.pictures.url)
        done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=False, text=True)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        return done.stdout, done.stderr.replace("\r", "")


def furnish(house: House, folder: Path) -> None:
    """Let the user of the documentation in, with the token of the documentation and its classifier."""
    house.command("user", "add", NAME)
    subprocess.run(
        [sys.executable, "-m", "cli.main", "user", "password", NAME],
        input=f"{PASSWORD}\n",
        env=house.environ,
        capture_output=True,
        check=True,
        text=True,
    )
    read = settings.load(house.environ)
    engine, store = engines.connect(read.database()), blobs.connect(read)
    with write(engine) as db:
        owner = users.by_name(db, NAME).id
        users.add_token(db, owner, "documentation", text=TOKEN)
        source = sources.add(db, owner, name="Reef").id
        made = labels.add(db, source, owner, [NewLabel(f"Colour {code}", code) for code in COLOURS], 10)
    model = store.put_file(None, write_classifier(folder, [label.id for label in made]))
    with write(engine) as db:
        record = media.add(
            db,
            owner,
            sha256=model.sha256,
            size=model.size,
            name="model.onnx",
            content_type="application/octet-stream",
        )
        called = [Called(label.id, label.code, label.name) for label in made]
        new = NewClassifier(source=source, owner=owner, name="colours", job=1, labels=called)
        known = [classifiers.add(db, new) for _ in range(CLASSIFIER)]
        for classifier_id in known:
            classifiers.settle(
                db,
                classifiers.get(db, classifier_id, owner),
                State.READY,
                media_id=record.id,
                sha256=model.sha256,
            )
    store.close()
    engine.dispose()


@pytest.fixture(
    scope="module",
    params=[
        "embedded",
        pytest.param("served", marks=[pytest.mark.postgres, pytest.mark.redis, pytest.mark.s3]),
    ],
)
def shell(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """A shell of the user of the documentation, in each kind of house."""
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    folder = tmp_path_factory.mktemp("coralnet")
    given = dict(SETTINGS)
    if request.param == "served":
        given |= request.getfixturevalue("servers")
    with serving() as pictures:
        given["DARKROOM_FETCH_ALLOW"] = pictures.place
        with running(folder / "data", **given) as house:
            furnish(house, folder)
            pictures.put(CORAL, COLOURS["*RED"], COLOURS["*BLUE"], size=(1600, 1200), form="JPEG")
            yield Shell(house, pictures)
