"""Several who do the same at one moment, and what is counted afterwards."""

import threading

import sqlalchemy as sa

from darkroom.errors import Conflict
from storage.engine import read


def at_once(count, work):
    """Do the same in several threads at one moment; return what each gave."""
    given, ready = [], threading.Barrier(count)

    def one():
        ready.wait()
        try:
            given.append(work())
        except Conflict as error:
            given.append(error)

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


def count(means, table, *conditions):
    with read(means.engine) as db:
        return db.execute(sa.select(sa.func.count()).select_from(table).where(*conditions)).scalar_one()
