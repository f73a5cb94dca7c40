-- purpose: Two sources on fibre beside each other for the ten towns: coverage of the Breitbandatlas, and a single report.
-- params: none
-- grain: ags
-- units: coverage_pct, report_pct in % of private households, each by its own definition
-- Never subtracted or joined: the Breitbandatlas counts households that can get 1000 Mbit/s by fibre on a day; the report
-- says "with fibre", without a date or a definition. The latest figure of each.
with coverage as (
    select ags, households_pct, as_of
    from fibre_coverage
    where technology = 'fttbh' and min_mbit_s = 1000 and households_pct is not null
    qualify row_number() over (partition by ags order by as_of desc) = 1
),
report as (
    select ags, value, as_of_text, source
    from fibre_reports
    where measure = 'households_with_fibre_pct'
    qualify row_number() over (partition by ags order by case when as_of_text = 'undated' then '' else as_of_text end desc) = 1
)
select
    towns.ags,
    towns.name,
    coverage.households_pct as coverage_pct,
    coverage.as_of as coverage_as_of,
    report.value as report_pct,
    report.as_of_text as report_as_of_text,
    report.source as report_source
from towns
left join coverage on towns.ags = coverage.ags
left join report on towns.ags = report.ags
order by towns.name
