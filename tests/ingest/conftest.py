"""Fixtures of the sensor loaders' tests: a tiny county's data directory, files of bytes, a platform on loopback."""

from tests.ingest.portal import portal  # noqa: F401
from tests.sensor_county import data, raw  # noqa: F401
