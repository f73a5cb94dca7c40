-- purpose: The funded rollout in the county as it was published: euros, kilometres, households, schools, businesses.
-- params: none
-- grain: measure
-- units: value in the row's unit
select measure, value, unit, as_of_text, source
from fibre_reports
where
    ags = '05562'
    and measure in (
        'subsidy_eur',
        'trench_km',
        'households_connected_subsidised',
        'schools_connected_subsidised',
        'businesses_connected_subsidised'
    )
qualify row_number() over (partition by measure order by as_of_text desc) = 1
order by measure
