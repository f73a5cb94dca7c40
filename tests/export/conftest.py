"""See tests/published.py."""

from tests.published import client, data, served, told  # noqa: F401
