"""Uploads of samples, in the forms in which they come, to what they say of each channel."""

from pipelines.tiles.parse.arrow_rows import parse_arrow as parse_arrow
from pipelines.tiles.parse.arrow_rows import parse_parquet as parse_parquet
from pipelines.tiles.parse.csv_rows import parse_csv as parse_csv
from pipelines.tiles.parse.json_body import parse_json as parse_json
from pipelines.tiles.parse.json_body import parse_rows as parse_rows
from pipelines.tiles.parse.names import channel_names as channel_names
from pipelines.tiles.parse.names import device_name as device_name
from pipelines.tiles.parse.unpack import unpacked as unpacked
