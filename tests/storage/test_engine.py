"""What a writer is told when the database does not let it write."""

import threading

import pytest

from darkroom.errors import Unavailable
from storage import engine as engines
from storage.engine import write


def test_a_writer_whose_turn_does_not_come_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "SQLITE_BUSY_SECONDS", 0.1)
    engine = engines.connect(f"sqlite:///{tmp_path / 'darkroom.db'}")
    told: list[str] = []

    def wait() -> None:
        with pytest.raises(Unavailable) as refusal, write(engine):
            """Never reached: the turn is another's."""
        told.append(refusal.value.message)

    waiter = threading.Thread(target=wait, daemon=True)
    with write(engine):
        waiter.start()
        waiter.join(20)
        heard = list(told)

    engine.dispose()
    assert heard == ["the database does not answer"]


@pytest.mark.postgres
def test_a_server_that_only_reads_is_unavailable(make_postgres):
    engine = engines.connect(f"{make_postgres}?options=-c%20default_transaction_read_only%3Don")

    with pytest.raises(Unavailable) as refusal, write(engine) as db:
        db.exec_driver_sql("CREATE TABLE anything (id integer)")

    engine.dispose()
    assert refusal.value.message == "the database takes no writes"
