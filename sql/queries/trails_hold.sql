-- Keeps everybody else from changing the trails until the transaction ends.
select until from tracking.trails_state for update
