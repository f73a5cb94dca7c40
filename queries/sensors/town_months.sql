-- purpose: a town's months of one metric, from its days; the 95th percentile from the days' histograms
-- params: ags (text), metric (text)
-- grain: month
-- example: ags=05562016, metric=temperature_c
-- units: mean, minimum, maximum, p95, total in the metric's unit; month is its first day
-- A month has a mean when three quarters of its days have one.
with bars as (
    select
        cast(date_trunc('month', day) as date) as month,
        unnest(string_split(histogram, ' ')) as bar
    from town_days
    where ags = $ags and metric = $metric and histogram is not null
),

counted as (
    select
        month,
        cast(split_part(bar, ':', 1) as bigint) as bar,
        cast(sum(cast(split_part(bar, ':', 2) as bigint)) as bigint) as n
    from bars
    group by month, cast(split_part(bar, ':', 1) as bigint)
),

running as (
    select
        month,
        bar,
        sum(n) over (partition by month order by bar) as upto,
        sum(n) over (partition by month) as all_n
    from counted
),

percentiles as (
    select month, min(bar) as bar
    from running
    where upto >= 0.95 * all_n
    group by month
),

summed as (
    select
        cast(date_trunc('month', day) as date) as month,
        count(*) filter (where status in ('measured', 'estimated')) as days_measured,
        day(last_day(min(day))) as days_expected,
        favg(mean) as mean,
        min(minimum) as minimum,
        max(maximum) as maximum,
        fsum(total) as total,
        bool_or(status = 'estimated') as estimated,
        bool_or(sample) as sample
    from town_days
    where ags = $ags and metric = $metric
    group by date_trunc('month', day)
)

select
    summed.month,
    summed.days_measured,
    summed.days_expected,
    case when summed.days_measured >= 0.75 * summed.days_expected then round(summed.mean, 3) end as mean,
    summed.minimum,
    summed.maximum,
    case when summed.days_measured >= 0.75 * summed.days_expected then round(summed.total, 3) end as total,
    case
        when summed.days_measured >= 0.75 * summed.days_expected then round((percentiles.bar + 0.5) * sensor_metrics.bin, 3)
    end as p95,
    case
        when summed.days_measured < 0.75 * summed.days_expected then 'too_few'
        when summed.estimated then 'estimated'
        else 'measured'
    end as status,
    summed.sample
from summed
left join percentiles on percentiles.month = summed.month
join sensor_metrics on sensor_metrics.metric = $metric
order by summed.month
