-- The rows of fact_hourly that no late event can change any more: for reports that must not move.
create or replace view analytics.final_hourly with (security_barrier) as
select * from analytics.fact_hourly where is_final;
select tracking.described_as('analytics.final_hourly', 'analytics.fact_hourly',
    'The rows of fact_hourly that no late event can change any more: for reports that must not move.');
grant select on analytics.final_hourly to footfall_read, marketing;
