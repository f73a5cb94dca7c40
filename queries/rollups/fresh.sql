-- purpose: readings of a file that are not stored yet; of two records for the same moment the first one counts
-- params: none
-- grain: sensor_id, time
-- units: as in sensors.toml
select incoming.sensor_id, incoming.time, incoming.value, incoming.flag, incoming._record
from incoming
left join stored on stored.sensor_id = incoming.sensor_id and stored.time = incoming.time
where stored.sensor_id is null
qualify row_number() over (partition by incoming.sensor_id, incoming.time order by incoming._record) = 1
