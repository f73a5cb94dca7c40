-- purpose: How far coverage has moved between two dates, the ten towns and the county.
-- params: technology (text), min_mbit_s (integer), as_of_from (date), as_of_to (date)
-- grain: ags
-- units: before_pct, after_pct in % of private households; change_points in percentage points
-- example: technology=fttbh, min_mbit_s=1000, as_of_from=2019-06-30, as_of_to=2021-06-30
-- NULL where one of the two figures is missing. The county is the mean of the towns weighted by their households (our
-- estimate from the census of 2022, the same at both dates): 'estimated', and only where all ten towns have both.
with town as (
    select
        households.ags,
        towns.name,
        households.households,
        earlier.households_pct as before_pct,
        later.households_pct as after_pct
    from households
    left join towns on households.ags = towns.ags
    left join fibre_coverage as earlier
        on households.ags = earlier.ags
        and earlier.technology = $technology
        and earlier.min_mbit_s = $min_mbit_s
        and earlier.as_of = cast($as_of_from as date)
    left join fibre_coverage as later
        on households.ags = later.ags
        and later.technology = $technology
        and later.min_mbit_s = $min_mbit_s
        and later.as_of = cast($as_of_to as date)
),
area as (
    select ags, name, before_pct, after_pct, 'measured' as known_as from town
    union all
    select
        '05562' as ags,
        'Kreis Recklinghausen' as name,
        case when count(before_pct) = 10 then fsum(households * before_pct) / sum(households) end as before_pct,
        case when count(after_pct) = 10 then fsum(households * after_pct) / sum(households) end as after_pct,
        'estimated' as known_as
    from town
)
select
    ags,
    name,
    before_pct,
    after_pct,
    after_pct - before_pct as change_points,
    case when after_pct - before_pct is null then 'not_reported' else known_as end as status
from area
order by ags
