"""Sensoren: what the towns' sensors say, how reliably, and what is documented besides."""

from smartvest.ui import blocks, sensor_area, sensor_choice, sensor_course, sensor_own, sensor_stations, view

v = view()
t = v.t

blocks.title(t("sensors.title", area=v.area))
there = sensor_choice.metrics(v)
if there.empty:
    blocks.lead(t("sensors.say_county_none") if v.is_county else sensor_area.absent(v, v.ags, v.area))
    blocks.note(t("sensors.notice_none"))
    if not v.is_county:
        blocks.link(v, t("sensors.to_county"), "sensoren", ags="05562")
else:
    now, sample = sensor_choice.moment(v)
    if sample:
        blocks.sample_notice(t("sensors.notice"), t("sensors.notice_what"), t("sensors.notice_more"))
    chosen = sensor_choice.choose(v, there, now, sample)
    sensor_area.draw(v, chosen)
    sensor_course.draw(v, chosen)
    sensor_own.draw(v, chosen)
sensor_stations.draw(v)
