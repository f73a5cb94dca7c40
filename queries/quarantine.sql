-- purpose: Why rows of one dataset were held back, and how many.
-- params: dataset (text)
-- grain: reason, column
-- units: records in source records
-- example: dataset=population
select reason, "column", sum(records)::bigint as records
from quarantine
where dataset = $dataset
group by reason, "column"
order by records desc, reason, "column"
