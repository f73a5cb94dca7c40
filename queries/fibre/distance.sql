-- purpose: How many percentage points of households are still missing to the target for fibre, the ten towns and the county.
-- params: as_of (date)
-- grain: ags
-- units: households_pct, target_pct in % of private households; distance_points in percentage points
-- example: as_of=2021-06-30
-- Fibre to the building or home at 1000 Mbit/s, as in the KPI. The target is the one of NRW and the federal government
-- for the latest date; the towns and the county have none of their own. 0 where the target is reached. The county as in
-- fibre_by_town: weighted by households, 'estimated', only where all ten towns have a figure.
with goal as (
    select target, target_date, set_by
    from targets
    where kpi = 'fibre_fttbh_households_pct' and area = '05'
    order by target_date desc
    limit 1
),
town as (
    select households.ags, towns.name, households.households, fibre_coverage.households_pct
    from households
    left join towns on households.ags = towns.ags
    left join fibre_coverage
        on households.ags = fibre_coverage.ags
        and fibre_coverage.technology = 'fttbh'
        and fibre_coverage.min_mbit_s = 1000
        and fibre_coverage.as_of = cast($as_of as date)
),
area as (
    select ags, name, households_pct, 'measured' as known_as from town
    union all
    select
        '05562' as ags,
        'Kreis Recklinghausen' as name,
        case when count(households_pct) = 10 then fsum(households * households_pct) / sum(households) end as households_pct,
        'estimated' as known_as
    from town
)
select
    ags,
    name,
    households_pct,
    goal.target as target_pct,
    goal.target_date,
    greatest(goal.target - households_pct, 0) as distance_points,
    case when households_pct is null then 'not_reported' else known_as end as status
from area
left join goal on true
order by ags
