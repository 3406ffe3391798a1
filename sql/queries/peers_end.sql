-- Notes that the night was counted. day; steps: what was.
update tracking.peers_state set counted_on = %(day)s, steps = %(steps)s
