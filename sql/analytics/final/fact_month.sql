-- Events and people of each receiver by the month: made as fact_week, and again whenever that changes.
select tracking.make_fact('month');
