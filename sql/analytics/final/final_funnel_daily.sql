-- The rows of funnel_daily that no late event can change any more: for reports that must not move.
create or replace view analytics.final_funnel_daily with (security_barrier) as
select * from analytics.funnel_daily where is_final;
select tracking.described_as('analytics.final_funnel_daily', 'analytics.funnel_daily',
    'The rows of funnel_daily that no late event can change any more: for reports that must not move.');
grant select on analytics.final_funnel_daily to footfall_read, marketing;
