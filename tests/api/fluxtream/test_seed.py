"""The examples of the original's documentation, as they stand there."""

import json
from urllib.parse import urlencode

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# As curl sends -d dev_nickname=test -d channel_names='["a","b"]' -d data='[[1332754616,1,10], [1332754617,-1,20]]'
BODY = 'dev_nickname=test&channel_names=["a","b"]&data=[[1332754616,1,10], [1332754617,-1,20]]'
BOUNDS_A = '{"max_value":1,"min_value":-1,"min_time":1332754616,"max_time":1332754617}'
BOUNDS_B = '{"max_value":20,"min_value":10,"min_time":1332754616,"max_time":1332754617}'


def spec(bounds):
    """The entry of a channel, its bounds within and beside."""
    head, tail = bounds[1:-1].rsplit(",", 1)
    return f'{{{head},"channel_bounds":{bounds},"imported_bounds":{bounds},{tail}}}'


def test_the_upload_of_the_seed_is_answered_as_there(test, at_work):
    answer = test.simulate_post("/api/bodytrack/upload", body=BODY, headers=FORM)

    assert answer.status_code == 200
    seed = (
        '{"max_datetime":null,"min_time":1332754616,"failed_records":0,"channel_specs":{'
        f'"a":{spec(BOUNDS_A)},"b":{spec(BOUNDS_B)}}},'
        '"logrec_id":1,"successful_records":1,"min_datetime":null,"max_time":1332754617'
    )
    assert answer.text == (
        seed + ',"successful_samples":4,"result":"OK","message":"Upload successful!",'
        '"payload":{"successful_records":"1","failed_records":"0"}}'
    )


def test_the_same_once_more_changes_nothing_and_answers_the_same(test, at_work):
    first, second = (test.simulate_post("/api/bodytrack/upload", body=BODY, headers=FORM) for _ in range(2))

    assert first.text == second.text


def test_what_was_uploaded_is_read_in_tiles(test, at_work):
    test.simulate_post("/api/bodytrack/upload", body=BODY, headers=FORM)

    tile = test.look(f"/api/bodytrack/tiles/{test.id}/test.a/0.{1332754616 // 512}.json")

    assert tile.status_code == 200
    rows = [row for row in tile.json["data"] if row[1] > -1e307]
    assert rows == [[1332754616, 1, 0, 1], [1332754617, -1, 0, 1]]
    breaks = [row for row in tile.json["data"] if row[1] <= -1e307]
    assert [row[1:] for row in breaks] == [[-1e308, 0, 0], [-1e308, 0, 0]]
    assert {name: value for name, value in tile.json.items() if name != "data"} == {
        "fields": ["time", "mean", "stddev", "count"],
        "level": 0,
        "offset": 2603036,
        "sample_width": 0,
        "type": "value",
    }


def test_a_conversation_of_a_grapher(test, at_work):
    base, user = "/api/v1/bodytrack", f"/api/v1/bodytrack/users/{test.id}"
    rows = [[1000 + n / 8, n % 7] for n in range(8 * 600)]
    told = test.upload("Polar Strap", ["BeatSpacing", "BeatSpacing._comment"], [[*row, None] for row in rows])
    assert told.json["channel_specs"]["BeatSpacing"]["channel_bounds"]["max_time"] == 1599.875

    guest = test.look("/api/v1/guest").json
    (source,) = test.look(f"{user}/sources/list").json["sources"]
    specs = test.look(f"{user}/sources/{source['name']}/default_graph_specs").json["info"]
    styled = test.form(f"{user}/channels/Polar_Strap.BeatSpacing/set", user_default_style='{"styles":[]}')
    (restyled,) = test.look(f"{user}/sources/list").json["sources"]
    tile = test.look(f"{base}/tiles/{guest['id']}/Polar_Strap.BeatSpacing/1.1.json")
    saved = test.form(f"{user}/views", name="Night", data='{"v2":{"x_axis":{"min":1000,"max":1600.5}}}').json
    spans = test.look(f"{base}/timespans/{test.id}/Polar_Strap.BeatSpacing/1.1.json").json

    default = {"styles": [{"type": "line", "lineWidth": 1, "show": True}]}
    assert (
        source
        == specs
        == {
            "name": "Polar_Strap",
            "channels": [
                {
                    "name": "BeatSpacing",
                    "type": "data",
                    "min": 0,
                    "max": 6,
                    "min_time": 1000,
                    "max_time": 1599.875,
                    "time_type": "gmt",
                    "objectTypeName": "BeatSpacing",
                    "builtin_default_style": default,
                    "style": default,
                }
            ],
            "min_time": 1000,
            "max_time": 1599.875,
        }
    )
    assert (styled.status_code, styled.text) == (200, "Channel style set")
    assert restyled["channels"][0]["style"] == {"styles": []}
    assert tile.json["sample_width"] == 2
    assert sum(row[3] for row in tile.json["data"]) == 8 * (1600 - 1024)
    assert saved["saved_view_id"] == saved["views"][0]["id"] == 1
    assert saved["views"][0]["time_range"] == {"min": 1000000, "max": 1600500}
    assert spans == {"data": [], "type": "timespan"}
    again = test.simulate_get(
        tile_path := f"{base}/tiles/{test.id}/Polar_Strap.BeatSpacing/1.1.json",
        headers={"If-None-Match": tile.headers["ETag"]},
    )
    assert (again.status_code, again.content) == (304, b"")
    test.upload("Polar Strap", ["BeatSpacing"], [[1100, 1000]])
    changed = test.simulate_get(tile_path, headers={"If-None-Match": tile.headers["ETag"]})
    assert changed.status_code == 200


def test_samples_are_exported_side_by_side(test, at_work):
    test.upload("x", ["a", "b"], [[1, 1.5, 10], [2, None, 20], [3, 3, 'it\'s, "so"']])
    path = f"/api/bodytrack/exportCSV/{test.id}/fluxtream-export"
    channels = {"channels": json.dumps(["x.a", "x.b"])}

    whole, part = test.look(f"{path}.csv", **channels), test.look(f"{path}-from-2-to-3.csv", **channels)

    assert whole.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert whole.text == 'Time,x.a,x.b\n1,1.5,10\n2,,20\n3,3,"it\'s, ""so"""\n'
    assert part.text == "Time,x.a,x.b\n2,,20\n"
    assert test.look(f"{path}.csv").status_code == 400
    assert test.look(f"{path}.csv", channels='["x.c"]').status_code == 404
    assert test.look(f"{path}.csv", channels="x.a").status_code == 400
    assert test.look(f"{path}-from-soon.csv", **channels).status_code == 404


def test_json_blocks_go_as_they_are(test, at_work):
    blocks = [
        {"channel_names": ["a"], "data": [[1, 1]], "timezone": "UTC"},
        {"channel_names": ["b"], "data": [[-5.5, 2], [7, "word"]]},
    ]

    told = test.simulate_post("/api/bodytrack/jupload?dev_nickname=my%20phone", body=json.dumps(blocks))

    assert told.json["result"] == "OK", told.text
    assert (told.json["min_time"], told.json["max_time"]) == (-5.5, 7)
    tile = test.look(f"/api/bodytrack/tiles/{test.id}/my_phone.b/0.-1.json").json
    assert [row for row in tile["data"] if row[1] > -1e307] == [[-5.5, 2, 0, 1]]
    texts = test.look(f"/api/bodytrack/tiles/{test.id}/my_phone.b/0.0.json").json
    assert texts["fields"][-1] == "comment"
    assert "word" in [row[4] for row in texts["data"]]


def test_an_upload_may_stand_in_the_query_or_in_json(test, at_work):
    query = urlencode({"dev_nickname": "q", "channel_names": '["a"]', "data": "[[1,2]]"})
    whole = {"dev_nickname": "j", "channel_names": ["a"], "data": [[1, 2]]}
    as_json = {"Content-Type": "application/json"}

    told = [
        test.simulate_post("/api/v1/bodytrack/upload", query_string=query),
        test.simulate_post("/api/v1/bodytrack/upload", body=json.dumps(whole), headers=as_json),
    ]

    assert [(one.status_code, one.json["successful_samples"]) for one in told] == [(200, 1), (200, 1)]
    assert "result" not in told[0].json


def test_an_upload_may_come_as_multipart(test, at_work):
    parts = {"dev_nickname": "m", "channel_names": '["a"]', "data": "[[1,false],[2,7]]"}
    body = "".join(
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in parts.items()
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    told = test.simulate_post("/api/bodytrack/upload", body=body + "--x--\r\n", headers=headers)

    assert told.json["channel_specs"]["a"]["channel_bounds"]["min_value"] == 7


def test_an_upload_that_says_nothing_has_no_bounds(test, at_work):
    told = test.upload("x", ["a"], [])

    assert (told.status_code, told.json["result"]) == (200, "OK")
    assert told.json["channel_specs"] is None
    assert "min_time" not in told.json
