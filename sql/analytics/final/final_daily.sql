-- The rows of fact_daily that no late event can change any more: for reports that must not move.
create or replace view analytics.final_daily with (security_barrier) as
select * from analytics.fact_daily where is_final;
select tracking.described_as('analytics.final_daily', 'analytics.fact_daily',
    'The rows of fact_daily that no late event can change any more: for reports that must not move.');
grant select on analytics.final_daily to footfall_read, marketing;
