"""Sources through the native door: label sets, images, points, and who may see and change them."""

CSV = b"Name,Row,Column,Label code\na.jpg,1,2,CCA\na.jpg,3,4,Sand\nb.jpg,5,6,CCA\n"


def get(caller, path):
    return caller.simulate_get(path)


def send(caller, method, path, body=None):
    return caller.simulate_request(method, path, json=body)


def import_csv(caller, reef, body=CSV, **query):
    return caller.simulate_post(
        f"{reef}/points", params=query, body=body, headers={"Content-Type": "text/csv"}
    )


def test_a_source_is_made_found_and_renamed(ada):
    made = ada.send("/v1/sources", {"name": "reef", "description": "2026"})
    path = made.headers["Location"]
    renamed = send(ada, "PATCH", path, {"name": "Moorea"})

    listed = get(ada, "/v1/sources").json["sources"]

    assert made.status_code == 201
    assert (renamed.json["name"], renamed.json["description"]) == ("Moorea", "2026")
    assert listed == [renamed.json]
    assert listed[0]["owner"]["name"] == "ada"


def test_a_deleted_source_is_gone_with_all_but_its_media(ada, reef):
    import_csv(ada, reef)
    image = get(ada, f"{reef}/images").json["images"][0]

    deleted = send(ada, "DELETE", reef)

    assert deleted.status_code == 204
    assert [get(ada, path).status_code for path in (reef, f"{reef}/points")] == [404, 404]
    assert send(ada, "DELETE", f"/v1/media/{image['media']}").status_code == 204


def test_a_source_counts_what_is_in_it(ada, reef):
    import_csv(ada, reef)

    seen = get(ada, reef).json

    assert (seen["labels"], seen["images"], seen["points"]) == (2, 2, 3)


def test_labels_are_added_renamed_and_removed(ada, reef):
    cca, sand = get(ada, f"{reef}/labels").json["labels"]
    assert (cca["code"], sand["code"], sand["name"]) == ("CCA", "Sand", "Sand")

    renamed = send(ada, "PATCH", f"{reef}/labels/{cca['id']}", {"code": "Crust"})
    removed = send(ada, "DELETE", f"{reef}/labels/{sand['id']}")

    assert (renamed.json["code"], renamed.json["name"]) == ("Crust", "Crustose coralline algae")
    assert removed.status_code == 204
    assert [label["code"] for label in get(ada, f"{reef}/labels").json["labels"]] == ["Crust"]


def test_a_label_in_use_stays(ada, reef):
    import_csv(ada, reef)
    cca = get(ada, f"{reef}/labels").json["labels"][0]

    refused = send(ada, "DELETE", f"{reef}/labels/{cca['id']}")

    assert (refused.status_code, refused.json["code"]) == (409, "conflict")
    assert "2 points" in refused.json["detail"]


def test_images_are_listed_page_by_page_and_removed(ada, reef):
    first = get(ada, f"{reef}/images?limit=1").json
    second = get(ada, f"{reef}/images?limit=1&cursor={first['next_cursor']}").json
    path = f"{reef}/images/{first['images'][0]['id']}"

    removed = send(ada, "DELETE", path)

    assert [first["images"][0]["name"], second["images"][0]["name"]] == ["b.jpg", "a.jpg"]
    assert removed.status_code == 204
    assert get(ada, path).status_code == 404
    assert get(ada, f"/v1/media/{first['images'][0]['media']}").status_code == 200


def test_a_medium_that_is_an_image_cannot_be_forgotten(ada, reef):
    image = get(ada, f"{reef}/images").json["images"][0]

    refused = send(ada, "DELETE", f"/v1/media/{image['media']}")

    assert refused.status_code == 409


def test_points_come_as_csv_and_go_as_csv(ada, reef):
    imported = import_csv(ada, reef)

    exported = get(ada, f"{reef}/points?format=csv")
    again = import_csv(ada, reef, exported.content)

    assert imported.json == {"added": 3, "replaced": 0, "unchanged": 0, "unlabelled": 0}
    assert exported.headers["Content-Type"] == "text/csv"
    assert exported.content.decode().splitlines()[1:] == ["a.jpg,1,2,CCA", "a.jpg,3,4,Sand", "b.jpg,5,6,CCA"]
    assert again.json == {"added": 0, "replaced": 0, "unchanged": 3, "unlabelled": 0}
    assert get(ada, f"{reef}/points?format=csv").content == exported.content


def test_a_header_asks_for_csv_as_the_query_does(ada, reef):
    import_csv(ada, reef)

    asked = ada.simulate_get(f"{reef}/points", headers={"Accept": "text/csv"})

    assert asked.content == get(ada, f"{reef}/points?format=csv").content


def test_the_points_of_one_image_are_given_out(ada, reef):
    import_csv(ada, reef)

    table = get(ada, f"{reef}/points?format=csv&image=b.jpg").text
    page = get(ada, f"{reef}/points?image=b.jpg").json["points"]

    assert table.splitlines()[1:] == ["b.jpg,5,6,CCA"]
    assert [point["row"] for point in page] == [5]


def test_points_come_as_json_and_are_listed_page_by_page(ada, reef):
    point = {"image": "b.jpg", "row": 5, "column": 6, "label": "CCA"}

    imported = ada.send(f"{reef}/points", {"points": [point, {**point, "row": 7}]})

    assert imported.json == {"added": 2, "replaced": 0, "unchanged": 0, "unlabelled": 0}
    first = get(ada, f"{reef}/points?limit=1").json
    second = get(ada, f"{reef}/points?limit=1&cursor={first['next_cursor']}").json
    rows = {page["points"][0]["row"] for page in (first, second)}
    assert rows == {5, 7}
    assert first["points"][0]["image"] == "b.jpg"


def test_another_label_at_a_point_must_be_asked_for(ada, reef):
    import_csv(ada, reef)
    other = b"Name,Row,Column,Label code\na.jpg,1,2,Sand\n"

    refused, replaced = import_csv(ada, reef, other), import_csv(ada, reef, other, replace="true")

    assert refused.status_code == 422
    assert "line 2, column 'Label code': the point (1, 2) of 'a.jpg'" in refused.json["detail"]
    assert replaced.json == {"added": 0, "replaced": 1, "unchanged": 0, "unlabelled": 0}


def test_points_are_deleted_by_image_or_all(ada, reef):
    import_csv(ada, reef)

    of_one = send(ada, "DELETE", f"{reef}/points?image=a.jpg")
    of_all = send(ada, "DELETE", f"{reef}/points")

    assert (of_one.json, of_all.json) == ({"deleted": 2}, {"deleted": 1})


def test_a_strangers_source_is_not_there(ada, eve, reef):
    import_csv(ada, reef)
    label = get(ada, f"{reef}/labels").json["labels"][0]["id"]
    image = get(ada, f"{reef}/images").json["images"][0]["id"]

    answers = [
        get(eve, reef),
        send(eve, "PATCH", reef, {"name": "mine"}),
        send(eve, "DELETE", reef),
        get(eve, f"{reef}/labels"),
        eve.send(f"{reef}/labels", {"labels": [{"name": "x"}]}),
        send(eve, "PATCH", f"{reef}/labels/{label}", {"name": "x"}),
        send(eve, "DELETE", f"{reef}/labels/{label}"),
        get(eve, f"{reef}/images"),
        send(eve, "DELETE", f"{reef}/images/{image}"),
        get(eve, f"{reef}/points"),
        import_csv(eve, reef),
        send(eve, "DELETE", f"{reef}/points"),
        get(eve, f"{reef}/members"),
        send(eve, "PUT", f"{reef}/members/eve", {"may_edit": True}),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert get(eve, "/v1/sources").json["sources"] == []
    assert get(ada, reef).json["points"] == 3


def test_who_may_only_look_can_change_nothing(ada, eve, reef):
    import_csv(ada, reef)
    send(ada, "PATCH", reef, {"is_public": True})
    label = get(eve, f"{reef}/labels").json["labels"][0]["id"]

    answers = [
        send(eve, "PATCH", reef, {"name": "mine"}),
        send(eve, "DELETE", reef),
        eve.send(f"{reef}/labels", {"labels": [{"name": "x"}]}),
        send(eve, "PATCH", f"{reef}/labels/{label}", {"name": "x"}),
        import_csv(eve, reef),
        send(eve, "DELETE", f"{reef}/points"),
        send(eve, "PUT", f"{reef}/members/eve", {"may_edit": True}),
    ]

    assert [answer.status_code for answer in answers] == [403] * len(answers)
    seen = get(eve, reef).json
    assert (seen["may_edit"], seen["is_public"], seen["points"]) == (False, True, 3)


def test_members_see_and_change_what_they_may(ada, eve, reef):
    looks = send(ada, "PUT", f"{reef}/members/eve")
    refused = import_csv(eve, reef)

    edits = send(ada, "PUT", f"{reef}/members/eve", {"may_edit": True})

    assert (looks.json["may_edit"], edits.json["may_edit"]) == (False, True)
    assert refused.status_code == 403
    assert import_csv(eve, reef).status_code == 200
    assert get(eve, f"{reef}/members/eve").json == edits.json
    assert send(ada, "DELETE", f"{reef}/members/eve").status_code == 204
    assert get(eve, reef).status_code == 404
