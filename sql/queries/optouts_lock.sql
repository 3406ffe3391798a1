-- Until the end of the transaction nobody else changes who wants no more messages; everybody may read it. For what replaces:
-- a person without a row has none to lock.
lock table tracking.notification_optouts in share row exclusive mode
