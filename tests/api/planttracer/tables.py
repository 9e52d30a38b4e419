"""Track tables as jobs write them, and the markers from which they start."""

APEX = {"x": 100, "y": 400, "label": "Apex", "color": "#ff8800"}
RULER = {"x": 300, "y": 80, "label": "Ruler 0mm", "color": "red", "undeletable": True}
HEADER = "frame,time_seconds,label,x,y,status,err,score"


def row(frame, label, x, y, status="tracked", err="0.01"):
    return f"{frame},{frame / 25:.6f},{label},{x},{y},{status},{err},0.9"


def table(frames, *, step=1.0):
    """A track table in which the apex goes to the right by so many source pixels a frame, and the ruler stays."""
    rows = [HEADER]
    for frame in frames:
        rows += [row(frame, "Apex", 49.75 + step * frame, 39.75), row(frame, "Ruler 0mm", 149.75, 199.75)]
    return "\n".join(rows).encode()
