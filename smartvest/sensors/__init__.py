"""Sensors: what stewards configured, the readings that arrived, and the summaries pages are drawn from.

    loader (smartvest/ingest/tts.py …) ─shape─▶ readings.land ─▶ data/sensors/readings/metric=…/month=…/readings.parquet
                                                                   │ rollup.update (queries/rollups/*.sql)
                    sensor_hours · sensor_days · town_days · sensor_latest · sensor_places  ─▶ snapshot

A DevEUI, a gateway or an exact position on private ground never passes ``shape``: everything after it knows only the
public ``sensor_id`` of sensors.toml.
"""
