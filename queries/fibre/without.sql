-- purpose: Households that can NOT get a technology at a speed on one date: share, and an estimated number with its range.
-- params: technology (text), min_mbit_s (integer), as_of (date)
-- grain: ags
-- units: without_pct in % of private households; without_households, without_low, without_high in households
-- example: technology=fttbh, min_mbit_s=1000, as_of=2021-06-30
-- number = households x (100 - published share) / 100, with households = population / persons per household (census of
-- 2022). The range holds two roundings and nothing else: persons per household are published to two decimals, so the true
-- value lies within 0.005; the share is published to two decimals (within 0.005), up to the end of 2018 to whole percents
-- (within 0.5). low = population / (persons + 0.005) x (100 - share - half a step), high the other way round. Not in the
-- range: that the census counts people of May 2022 and the share another day, and that the publisher counts households
-- in a way of its own. The county is the sum of the towns, the ends of its range the sums of theirs; all ten or NULL.
with town as (
    select
        households.ags,
        towns.name,
        households.population / households.persons_per_household as homes,
        households.population / (households.persons_per_household + 0.005) as homes_low,
        households.population / (households.persons_per_household - 0.005) as homes_high,
        100 - fibre_coverage.households_pct as without_pct,
        case when cast($as_of as date) <= date '2018-12-31' then 0.5 else 0.005 end as half_step
    from households
    left join towns on households.ags = towns.ags
    left join fibre_coverage
        on households.ags = fibre_coverage.ags
        and fibre_coverage.technology = $technology
        and fibre_coverage.min_mbit_s = $min_mbit_s
        and fibre_coverage.as_of = cast($as_of as date)
),
counted as (
    select
        ags,
        name,
        homes,
        without_pct,
        homes * without_pct / 100 as without_households,
        homes_low * greatest(without_pct - half_step, 0) / 100 as without_low,
        homes_high * least(without_pct + half_step, 100) / 100 as without_high
    from town
),
area as (
    select ags, name, without_pct, without_households, without_low, without_high from counted
    union all
    select
        '05562' as ags,
        'Kreis Recklinghausen' as name,
        case when count(without_pct) = 10 then sum(without_households) / sum(homes) * 100 end as without_pct,
        case when count(without_pct) = 10 then sum(without_households) end as without_households,
        case when count(without_pct) = 10 then sum(without_low) end as without_low,
        case when count(without_pct) = 10 then sum(without_high) end as without_high
    from counted
)
select
    ags,
    name,
    cast($as_of as date) as as_of,
    without_pct,
    without_households,
    without_low,
    without_high,
    case when without_pct is null then 'not_reported' else 'estimated' end as status
from area
order by ags
