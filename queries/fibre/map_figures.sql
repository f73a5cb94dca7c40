-- purpose: Every figure the map of the ten towns can show, so that one file serves every choice: coverage, the share below 30 and 100 Mbit/s, the distance to the target.
-- params: none
-- grain: figure, ags, technology, min_mbit_s, as_of
-- units: value in % of private households (figure = distance: percentage points still missing)
-- figure = coverage: households that can get the speed. below: 100 minus coverage by wire (white spots: 30 Mbit/s, grey
-- spots: 100 Mbit/s). distance: the target of NRW for fibre minus coverage by fibre at 1000 Mbit/s.
with coverage as (
    select ags, technology, min_mbit_s, as_of, households_pct
    from fibre_coverage
    where households_pct is not null
),
goal as (
    select target
    from targets
    where kpi = 'fibre_fttbh_households_pct' and area = '05'
    order by target_date desc
    limit 1
)
select 'coverage' as figure, ags, technology, min_mbit_s, as_of, households_pct as value from coverage
union all
select 'below' as figure, ags, technology, min_mbit_s, as_of, 100 - households_pct as value
from coverage
where technology = 'wired' and min_mbit_s in (30, 100)
union all
select 'distance' as figure, ags, technology, min_mbit_s, as_of, greatest(goal.target - households_pct, 0) as value
from coverage
cross join goal
where technology = 'fttbh' and min_mbit_s = 1000
order by figure, ags, technology, min_mbit_s, as_of
