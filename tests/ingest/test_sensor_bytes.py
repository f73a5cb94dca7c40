"""Any bytes at all, given to any sensor loader: the counts add up or the file is refused in one sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartvest.ingest import chirpstack, dwd, opensensemap, pegelonline, sensor_community, sensorthings, tts, uba
from smartvest.ingest.records import SourceError
from tests.sensor_county import adds_up

LOADERS = [chirpstack, dwd, opensensemap, pegelonline, sensor_community, sensorthings, tts, uba]


@pytest.mark.parametrize("loader", LOADERS, ids=lambda m: m.__name__.rsplit(".")[-1])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"data:",
        b"data: \n\x1edata:",
        b"\n\n",
        b"<!DOCTYPE html><html></html>",
        b"\x00\xff\xfe",
        b"[" * 5000,
        b"{",
        b"null",
        b"3",
        b'"x"',
    ],
)
def test_a_file_that_is_no_dataset_is_refused_in_one_sentence(data, raw, loader, content):
    try:
        assert adds_up(loader.shape(raw(content))) == 0
    except SourceError as error:
        assert "\n" not in str(error)


JSONISH = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                "result end_device_ids device_id uplink_message decoded_payload received_at f_cnt deviceInfo devEui "
                "object time value Observations @iot.id phenomenonTime dataArray components data 143 timestamp sensor "
                "sensordatavalues sensors lastMeasurement createdAt _id uuid timeseries currentMeasurement".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@pytest.mark.parametrize("loader", LOADERS, ids=lambda m: m.__name__.rsplit(".")[-1])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    content=st.binary(max_size=300)
    | JSONISH.map(lambda v: json.dumps(v).encode())
    | st.lists(JSONISH, max_size=4).map(lambda v: "\n".join(map(json.dumps, v)).encode())
)
def test_any_bytes_add_up_or_are_refused(data, raw, loader, content):
    try:
        adds_up(loader.shape(raw(content)))
    except SourceError:
        pass


@pytest.mark.parametrize("loader", [dwd, sensor_community, opensensemap], ids=lambda m: m.__name__.rsplit(".")[-1])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.text(alphabet="0123456789.;,-\n\r\"' eorT:Zn", max_size=200))
def test_any_table_adds_up_or_is_refused(data, raw, loader, body):
    head = {
        dwd: "STATIONS_ID;MESS_DATUM;  QN;PP_10;TT_10;eor\r\n",
        sensor_community: "sensor_id;sensor_type;location;lat;lon;timestamp;P1;P2\n",
        opensensemap: "createdAt;value;sensorId\n",
    }[loader]
    try:
        adds_up(loader.shape(raw(head + body, "x.csv")))
    except SourceError:
        pass
