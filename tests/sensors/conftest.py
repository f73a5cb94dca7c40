from tests.sensor_county import data, raw  # noqa: F401 - fixtures: a tiny county's data directory, files of bytes
