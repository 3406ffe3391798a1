-- Notes what arrived until a moment: restatements, whose number it returns, and what is due. Some 20 microseconds an event, and 10 for
-- each event of a receiver and day that changed after it was told.
select tracking.note_arrivals(%(reach)s)
