-- Lets nobody else change the catalogue before the end of the transaction; reading goes on.
lock table tracking.event_types in share row exclusive mode
