-- purpose: The rungs of fibre for one area, each with every figure there is: can get, passed, connected, in use, undefined.
-- params: ags (text)
-- grain: rung, area, as_of_text, source
-- units: value in %
-- example: ags=05562016
-- Rungs are never compared or summed. rung 1 can_get: households that can get 1000 Mbit/s by fibre (Breitbandatlas, latest
-- date; the county weighted by our estimate of households). 2 passed: the line lies at the plot. 3 connected: the line
-- ends in the building. 4 in_use: ordered and switched on. 5 undefined: reported as "with fibre" without saying which. A
-- rung without any figure is there once, with NULL.
with rung (position, rung) as (
    values (1, 'can_get'), (2, 'passed'), (3, 'connected'), (4, 'in_use'), (5, 'undefined')
),
own as (
    select fibre_coverage.households_pct, fibre_coverage.as_of, fibre_coverage.ags, households.households
    from fibre_coverage
    left join households on fibre_coverage.ags = households.ags
    where
        fibre_coverage.technology = 'fttbh'
        and fibre_coverage.min_mbit_s = 1000
        and fibre_coverage.households_pct is not null
        and ($ags = '05562' or fibre_coverage.ags = $ags)
    qualify fibre_coverage.as_of = max(fibre_coverage.as_of) over ()
),
figure as (
    select
        'can_get' as rung,
        $ags as area,
        fsum(households * households_pct) / sum(households) as value,
        strftime(max(as_of), '%Y-%m-%d') as as_of_text,
        'Breitbandatlas | Gigabit-Grundbuch' as source,
        case when $ags = '05562' then 'estimated' else 'measured' end as status
    from own
    having count(*) = case when $ags = '05562' then 10 else 1 end
    union all
    select
        case measure
            when 'homes_passed_pct' then 'passed'
            when 'homes_connected_pct' then 'connected'
            when 'homes_activated_pct' then 'in_use'
            else 'undefined'
        end as rung,
        ags as area,
        value,
        as_of_text,
        source,
        'measured' as status
    from fibre_reports
    where unit = '%' and ags in ($ags, '05562', '05', 'DE')
)
select
    rung.position,
    rung.rung,
    figure.area,
    figure.value,
    figure.as_of_text,
    figure.source,
    coalesce(figure.status, 'not_reported') as status
from rung
left join figure on rung.rung = figure.rung
order by rung.position, length(figure.area) desc, figure.as_of_text
