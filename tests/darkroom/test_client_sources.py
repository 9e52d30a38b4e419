"""Sources and classifiers through the client."""

import hashlib

import httpx
import pytest

from darkroom.client_errors import ClientError, NotMade

SOURCE = {"id": 4, "name": "reef"}
TRAINING = {"id": 9, "source": 4, "name": "first", "state": "training", "job": 7}
READY = {**TRAINING, "state": "ready", "sha256": hashlib.sha256(b"a network").hexdigest()}
QUEUED = {"id": 8, "kind": "classify", "state": "queued"}


def test_a_source_is_made_and_gets_labels(client, server):
    labels = {"labels": [{"id": 1, "code": "CCA", "name": "Crustose coralline algae"}]}
    server.script = [httpx.Response(201, json=SOURCE), httpx.Response(201, json=labels)]

    source = client.sources.create("reef")
    (label,) = client.sources.add_labels(source, {"CCA": "Crustose coralline algae"})

    assert (source.id, label.code) == (4, "CCA")
    assert [request.url.path for request in server.requests] == ["/v1/sources", "/v1/sources/4/labels"]
    assert server.bodies[1] == b'{"labels":[{"code":"CCA","name":"Crustose coralline algae"}]}'


def test_many_images_are_added_in_several_requests(client, server):
    server.script = [httpx.Response(201, json={"images": []}), httpx.Response(201, json={"images": []})]

    client.sources.add_images(4, range(1, 1002))

    assert [body.count(b"media") for body in server.bodies] == [1000, 1]


def test_a_source_is_shared_published_and_taken_back(client, server):
    member = httpx.Response(200, json={"id": 2, "name": "eve m", "may_edit": True})
    server.script = [member, httpx.Response(200, json={**SOURCE, "is_public": True}), httpx.Response(204)]

    client.sources.share(4, "eve m", may_edit=True)
    public = client.sources.change(4, is_public=True)
    client.sources.unshare(4, "eve m")

    assert public.is_public
    assert server.requests[0].url.raw_path == b"/v1/sources/4/members/eve%20m"
    assert server.bodies[:2] == [b'{"may_edit":true}', b'{"is_public":true}']
    assert [request.method for request in server.requests] == ["PUT", "PATCH", "DELETE"]


def test_classifiers_are_listed_of_all_or_of_one_source(client, server):
    page = {"classifiers": [READY], "next_cursor": None}
    server.script = [httpx.Response(200, json=page), httpx.Response(200, json=page)]

    found = [*client.classifiers.find(), *client.classifiers.find(4)]

    assert [classifier.id for classifier in found] == [9, 9]
    paths = [request.url.path for request in server.requests]
    assert paths == ["/v1/classifiers", "/v1/sources/4/classifiers"]


def test_images_are_listed(client, server):
    image = {"id": 5, "name": "a.jpg", "media": 3, "sha256": "ab", "points": 2}
    server.script = [httpx.Response(200, json={"images": [image], "next_cursor": None})]

    (found,) = client.sources.images(4)

    assert (found.name, found.media, found.points) == ("a.jpg", 3, 2)
    assert server.requests[0].url.path == "/v1/sources/4/images"


def test_points_come_from_a_csv_or_as_rows(client, server, tmp_path):
    path = tmp_path / "annotations.csv"
    path.write_bytes(b"Name,Row,Column,Label code\na.jpg,1,2,CCA\n")
    counted = {"added": 1, "replaced": 0, "unchanged": 0}
    server.script = [httpx.Response(200, json=counted), httpx.Response(200, json=counted)]

    from_file = client.sources.import_points(4, path, replace=True)
    from_rows = client.sources.import_points(4, [{"image": "a.jpg", "row": 1, "column": 2, "label": "CCA"}])

    assert from_file == from_rows == counted
    assert str(server.requests[0].url).endswith("/v1/sources/4/points?replace=true")
    assert server.requests[0].headers["Content-Type"] == "text/csv"
    assert server.bodies[0] == path.read_bytes()
    assert server.bodies[1] == b'{"points":[{"image":"a.jpg","row":1,"column":2,"label":"CCA"}]}'


def test_training_is_ordered_once_and_waited_for(client, server, clock):
    server.script = [
        httpx.Response(202, json=TRAINING),
        httpx.Response(200, json=TRAINING),
        httpx.Response(200, json=TRAINING, headers={"Retry-After": "2"}),
        httpx.Response(200, json=READY),
    ]

    classifier = client.classifiers.wait(client.sources.train(4, "first", head="mlp"))

    assert classifier.state == "ready"
    assert server.bodies[0] == b'{"name":"first","head":"mlp"}'
    assert server.requests[0].headers["Idempotency-Key"]
    assert str(server.requests[2].url).endswith("/v1/classifiers/9?wait=20.0")
    assert clock.slept == [2.0]


def test_a_classifier_that_was_not_made_says_why(client, server):
    failure = {"code": "bad_network", "message": "the scores of a patch sum to 3"}
    server.script = [httpx.Response(200, json={**TRAINING, "state": "failed", "failure": failure})]

    with pytest.raises(NotMade, match="the scores of a patch sum to 3"):
        client.classifiers.wait(9)


def test_media_and_urls_are_classified_at_points_or_on_a_grid(client, server):
    server.script = [httpx.Response(202, json=QUEUED), httpx.Response(202, json=QUEUED)]

    client.classifiers.classify(9, [3], points=[(10, 20)], top=2)
    client.classifiers.classify(9, ["http://reef.test/a.jpg"], grid={"rows": 2, "columns": 3})

    assert b'"images":[{"media":3,"points":[{"row":10,"column":20}]}],"top":2' in server.bodies[0]
    assert b'"images":[{"url":"http://reef.test/a.jpg","grid":{"rows":2,"columns":3}}]' in server.bodies[1]


def test_what_was_found_comes_as_values_or_as_csv(client, server):
    server.script = [
        httpx.Response(200, json={"job": 8, "complete": True, "images": []}),
        httpx.Response(200, text="name,row\n"),
    ]

    assert client.classifiers.classifications(8)["complete"] is True
    assert client.classifiers.classifications_csv(8) == "name,row\n"


def test_a_model_is_saved_whole_or_not_at_all(client, server, tmp_path):
    link = httpx.Response(303, headers={"Location": "http://store.test/model.onnx"})
    server.script = [
        httpx.Response(200, json=READY),
        link,
        httpx.Response(200, content=b"a network"),
        httpx.Response(200, json=READY),
        link,
        httpx.Response(200, content=b"another"),
    ]

    client.classifiers.save_model(9, tmp_path / "model.onnx")
    with pytest.raises(ClientError, match="another digest"):
        client.classifiers.save_model(9, tmp_path / "broken.onnx")

    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    assert (tmp_path / "model.onnx").read_bytes() == b"a network"
    assert "Authorization" not in server.requests[2].headers


def test_lists_are_read_page_by_page(client, server):
    server.script = [
        httpx.Response(200, json={"sources": [SOURCE], "next_cursor": "YjQ"}),
        httpx.Response(200, json={"sources": [{"id": 3, "name": "older"}], "next_cursor": None}),
    ]

    names = [source.name for source in client.sources.find()]

    assert names == ["reef", "older"]
    assert server.requests[1].url.params["cursor"] == "YjQ"
