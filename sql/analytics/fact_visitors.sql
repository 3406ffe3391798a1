-- Different people of whole periods. It runs with its owner's rights: marketing needs none in schema tracking.
-- A row is final if it was counted after the last late event could come.
create or replace view analytics.fact_visitors with (security_barrier) as
select period,
       period_start,
       since as time,
       days_counted,
       events,
       creators as unique_creators_of_period,
       until <= (select final_before from tracking.reporting)
       and until <= counted_at - (select lateness from tracking.reporting) as is_final
  from tracking.visitors;

comment on view analytics.fact_visitors is
    'Different creators of each day, week and month, over the whole platform, counted exactly once a day. Days that are not over are left out.';
comment on column analytics.fact_visitors.period       is 'Length of the period: day, week or month.';
comment on column analytics.fact_visitors.period_start is 'First day of the period; of a week a Monday. Joins dim_date.';
comment on column analytics.fact_visitors.time         is 'First instant of the period in the reporting timezone.';
comment on column analytics.fact_visitors.days_counted is 'Days of the period that were over when it was counted: seven of a whole week.';
comment on column analytics.fact_visitors.events       is 'Events of these days that count: without double fires, crawlers, and people''s views of their own receivers.';
comment on column analytics.fact_visitors.unique_creators_of_period is
    'Different creators of these days. Never add them up: who came in two weeks is in both. Choose one period.';
comment on column analytics.fact_visitors.is_final     is 'Whether the whole period is counted and no late event can change it any more.';

grant select on analytics.fact_visitors to footfall_read, marketing;
