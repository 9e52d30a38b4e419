"""An analysis' files hold its numbers with their units, are the same each time, and compute nothing of a label."""

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree as ET

import cv2
import numpy as np
import pytest

from pipelines.errors import BadInput
from pipelines.track.analysis import (
    analyse,
    workbook,
    write_analysis_csv,
    write_analysis_json,
    write_plot,
    write_workbook,
)
from pipelines.track.status import Status
from tests.pipelines.analysed import circumnutation, line, made, still, swing

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
METADATA = {
    "movie_id": "m1",
    "title": "=HYPERLINK(1)",
    "trim_start_frame": 0,
    "trim_end_frame": 295,
    "fpm": "2",
}


@pytest.fixture
def plant():
    tracks = made(circumnutation(), lost={"Apex": [7]})
    return tracks, analyse(tracks, frames_per_minute=2, size=(640, 480), origin="bottom-left")


def sheets(path) -> dict[str, list[list[object]]]:
    """Give a workbook's cells by sheet and row; empty cells are None."""
    with zipfile.ZipFile(path) as book:
        names = [sheet.get("name") for sheet in parsed(book, "workbook").iter(MAIN + "sheet")]
        return {name: cells(parsed(book, f"worksheets/sheet{at}")) for at, name in enumerate(names, start=1)}


def parsed(book, part):
    return ET.fromstring(book.read(f"xl/{part}.xml"))  # noqa: S314 - written by ourselves


def cells(sheet) -> list[list[object]]:
    rows = []
    for row in sheet.iter(MAIN + "row"):
        values: dict[int, object] = {}
        for cell in row.iter(MAIN + "c"):
            assert cell.find(MAIN + "f") is None, "no cell is a formula"
            values[column(cell.get("r"))] = value(cell)
        rows.append([values.get(at) for at in range(max(values, default=-1) + 1)])
    return rows


def column(reference) -> int:
    letters = re.match("[A-Z]+", reference)[0]
    at = 0
    for letter in letters:
        at = 26 * at + ord(letter) - 64
    return at - 1


def value(cell):
    text = "".join(cell.itertext())
    match cell.get("t"):
        case "inlineStr":
            return text
        case "b":
            return text == "1"
    return float(text) if text else None


def test_a_workbook_has_the_sheets_of_plant_tracer_and_its_figures(plant, tmp_path):
    write_workbook(*plant, tmp_path / "track.xlsx", METADATA, whole_pixels=True)

    read = sheets(tmp_path / "track.xlsx")
    points, fields = read["Trackpoints"], dict(row for row in read["Metadata"] if len(row) == 2)
    assert list(read) == ["Trackpoints", "Metadata", "Markers", "Chart Data", "Charts"]
    assert points[0] == [
        "frame_number", "Apex x (mm)", "Apex y (mm)", "Ruler 0mm x (px)", "Ruler 0mm y (px)", "Ruler 10mm x (px)",
        "Ruler 10mm y (px)",
    ]  # fmt: skip
    assert points[1] == [0, 57.87, 65.36, 477, 234, 479, 282]
    assert points[296][:3] == [295, 24.15, 66.82]
    assert [row[0] for row in read["Metadata"][:14]] == [
        "field", "movie_id", "title", "trim_start_frame", "trim_end_frame", "exported_frame_count", "marker_count",
        "trackpoint_origin", "frame_height_px", "ruler_calibrated", "ruler_marker_units", "non_ruler_marker_units",
        "scale_mm_per_px", "fpm",
    ]  # fmt: skip
    assert (fields["exported_frame_count"], fields["frame_height_px"], fields["fpm"]) == (296, 480, "2")
    assert (fields["ruler_calibrated"], fields["non_ruler_marker_units"]) == (True, "mm")
    assert fields["scale_mm_per_px"] == pytest.approx(0.20815, abs=5e-6)
    assert len(read["Markers"][0]) == 15
    assert read["Markers"][1][:3] == ["Apex", "tip", 296]


def test_chart_data_leaves_out_rulers_and_what_is_not_found(plant, tmp_path):
    write_workbook(*plant, tmp_path / "track.xlsx", {})

    data = sheets(tmp_path / "track.xlsx")["Chart Data"]
    assert data[0] == ["frame_number", "time (min)", "Apex x (mm)", "Apex y (mm)"]
    assert data[8] == [7, 3.5]  # lost: a gap
    assert data[296] == [295, 147.5, pytest.approx(-33.7207), pytest.approx(1.4571)]


def test_a_workbook_has_two_line_charts_of_the_chart_data(plant, tmp_path):
    write_workbook(*plant, tmp_path / "track.xlsx", {})

    with zipfile.ZipFile(tmp_path / "track.xlsx") as book:
        charts = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 2
    assert all("<c:lineChart>" in chart for chart in charts)
    assert "'Chart Data'!$C$2:$C$297" in charts[0] and "'Chart Data'!$D$2:$D$297" in charts[1]


def test_labels_that_look_like_formulas_are_text(tmp_path):
    labels = ["=1+1", "+2", "-3", "@SUM(A1)", "http://example.org"]
    tracks = made({label: line(5) for label in labels})

    write_workbook(tracks, analyse(tracks), tmp_path / "track.xlsx", METADATA)

    read = sheets(tmp_path / "track.xlsx")  # which refuses formulas
    assert [row[0] for row in read["Markers"][1:]] == labels
    assert ["title", "=HYPERLINK(1)"] in read["Metadata"]


def test_a_workbook_that_excel_cannot_hold_is_refused(monkeypatch, plant, tmp_path):
    monkeypatch.setattr(workbook, "FRAMES_LIMIT", 200)

    with pytest.raises(BadInput, match="at most 200 frames; the track has 296") as refused:
        write_workbook(*plant, tmp_path / "track.xlsx", {})

    assert refused.value.code == "workbook_too_large"


@pytest.mark.parametrize("name", ["track.xlsx", "plot.png", "analysis.json", "analysis.csv"])
def test_equal_analyses_give_equal_bytes(name, plant, monkeypatch, tmp_path):
    tracks, analysis = plant
    write = {
        "track.xlsx": lambda path: write_workbook(tracks, analysis, path, METADATA),
        "plot.png": lambda path: write_plot(analysis, path),
        "analysis.json": lambda path: write_analysis_json(analysis, path),
        "analysis.csv": lambda path: write_analysis_csv(analysis, path),
    }[name]

    write(tmp_path / "first")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")  # another time, for those that would look
    write(tmp_path / "second")

    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_the_csv_has_places_displacement_and_velocity_in_px_and_mm(tmp_path):
    ways = {
        "-Apex": line(5, start=(10, 20), step=(2, -1)),
        "Ruler 0mm": still(5, 0, 0),
        "Ruler 1mm": still(5, 10, 0),
    }
    tracks = made(ways, lost={"-Apex": [4]})

    write_analysis_csv(analyse(tracks, frames_per_minute=4), tmp_path / "analysis.csv")

    rows = list(csv.DictReader(io.StringIO((tmp_path / "analysis.csv").read_text())))
    third, last = rows[6], rows[12]
    assert (third["frame"], third["time_seconds"], third["time_minutes"]) == ("2", "0.2", "0.5")
    assert (third["label"], third["status"]) == ("'-Apex", "tracked")
    assert (third["x_px"], third["dx_px"], third["dx_mm"], third["dy_mm"]) == ("14", "4", "0.4", "-0.2")
    assert (third["vx_px_per_min"], third["vy_mm_per_min"]) == ("8", "-0.4")
    assert (last["status"], last["x_px"], last["speed_px_per_min"]) == ("lost", "", "")


def test_the_json_says_all_with_units(plant, tmp_path):
    write_analysis_json(plant[1], tmp_path / "analysis.json")

    read = json.loads((tmp_path / "analysis.json").read_text())
    assert read["gravitropism"]["rate"] == {"value": pytest.approx(0.228829, rel=1e-5), "unit": "mm/min"}
    assert read["smoothing"]["window_time"] == {"value": 5.5, "unit": "min"}
    assert read["points"][0]["coverage"]["gaps"] == 1


def colours(picture, colour, *, within=40) -> int:
    """Count the pixels of a BGR picture near an RGB colour."""
    return int((np.abs(picture.astype(int) - colour[::-1]).max(axis=2) < within).sum())


def test_a_plot_shows_the_curves_and_marks_what_is_uncertain(tmp_path):
    ways = {"Apex": swing(200, 40), "Leaf": swing(200, 60) + 30}
    sure, unsure = made(ways), made(ways)
    unsure.status[50:90, 0] = Status.UNCERTAIN

    write_plot(analyse(sure), tmp_path / "sure.png")
    write_plot(analyse(unsure), tmp_path / "unsure.png")

    plain, marked = (cv2.imread(str(tmp_path / name)) for name in ("sure.png", "unsure.png"))
    assert plain.shape == (748, 1320, 3)
    assert colours(plain, (0, 114, 178)) > 1500 and colours(plain, (213, 94, 0)) > 1500
    assert colours(marked, (184, 134, 11)) > colours(plain, (184, 134, 11)) + 500


@pytest.mark.parametrize(
    "ways",
    [
        {"Ruler 0mm": still(3, 1, 1)},
        {"Apex": line(1)},
        {"_a $x^{$ %": line(20), "葉": still(20, 4, 4), "x" * 200: line(20), "\t\n": line(20)},
        {f"P{at}": line(20) + at for at in range(60)},
    ],
)
def test_any_track_can_be_plotted_and_written_down(ways, tmp_path):
    tracks = made(ways, lost={next(iter(ways)): [0]})
    analysis = analyse(tracks)

    write_plot(analysis, tmp_path / "plot.png")
    write_workbook(tracks, analysis, tmp_path / "track.xlsx", {})

    assert cv2.imread(str(tmp_path / "plot.png")) is not None
    assert len(sheets(tmp_path / "track.xlsx")["Markers"]) == len(ways) + 1
