"""The baselines of `bench ledger`: a bare Falcon app that inserts one row, and a bare Dramatiq worker on Redis."""

import json
import os
import time

import falcon
import sqlalchemy as sa

TABLE = sa.Table(
    "orders",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text),
    sa.Column("body", sa.Text),
    sa.Column("created_at", sa.Double),
)
INSERT = sa.insert(TABLE).returning(TABLE.c.id)


class Orders:
    """Parses JSON, inserts one row durably, answers its id: what a service cannot do without."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        order = json.loads(req.bounded_stream.read())
        with self.engine.begin() as db:
            made = db.execute(
                INSERT, {"kind": order["kind"], "body": json.dumps(order), "created_at": time.time()}
            )
            resp.media = {"id": made.scalar_one()}
        resp.status = falcon.HTTP_202


def create() -> "falcon.App[falcon.Request, falcon.Response]":
    """Build the bare app over the database that BARE_DATABASE names, by the house's own engine: same durability."""
    from storage import engine as engines  # noqa: PLC0415 - only this baseline needs it

    engine = engines.connect(os.environ["BARE_DATABASE"])
    TABLE.metadata.create_all(engine)
    app = falcon.App()
    app.add_route("/orders", Orders(engine))
    return app
