-- Notes raw events that were dropped by hand, before a refresh counts the hole. A few milliseconds.
select tracking.note_holes()
