-- The last night that was counted, and its steps; locked until the transaction ends.
select counted_on, steps from tracking.peers_state for update
