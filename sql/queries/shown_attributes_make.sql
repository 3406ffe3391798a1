-- Makes analytics.dim_receiver anew, with a column for each attribute that is shown.
select tracking.make_dim_receiver()
