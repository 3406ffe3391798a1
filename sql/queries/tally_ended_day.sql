-- Makes the tallies of the newest day that is over and has none, so that a late event is added to them. All events of one day are read.
select tracking.tally_ended_day()
