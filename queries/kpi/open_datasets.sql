-- purpose: Open datasets published by each administration.
-- params: none
-- grain: ags, as_of
-- units: value in datasets
-- as_of is NULL where the count is undated, and the first day of a month or year given without a day: never fresher
-- than published. Of several portals the largest counts, because the same datasets are listed on each. The county's
-- value is the county administration's own number, never a sum.
select
    ags,
    try_cast(as_of_text || case length(as_of_text) when 4 then '-01-01' when 7 then '-01' else '' end as date) as as_of,
    cast(max(datasets) as double) as value,
    'measured' as status
from open_data
group by all
order by ags, as_of nulls first
