-- purpose: Single published values on the fibre rollout for one town, with those for the county, NRW and Germany.
-- params: ags (text)
-- grain: ags, as_of_text, measure
-- units: value in the row's unit
-- example: ags=05562016
-- Each value has its own definition: never put on one axis with fibre_coverage.
select
    fibre_reports.ags,
    case fibre_reports.ags
        when 'DE' then 'Deutschland'
        when '05' then 'Nordrhein-Westfalen'
        when '05562' then 'Kreis Recklinghausen'
        else towns.name
    end as name,
    fibre_reports.as_of_text,
    fibre_reports.as_of_precision,
    fibre_reports.measure,
    fibre_reports.value,
    fibre_reports.unit,
    fibre_reports.source
from fibre_reports
left join towns on fibre_reports.ags = towns.ags
where fibre_reports.ags in ($ags, '05562', '05', 'DE')
order by length(fibre_reports.ags) desc, fibre_reports.ags, fibre_reports.measure, fibre_reports.as_of_text
