-- Until the end of the transaction nobody else settles or freezes: each of these changes many rows, and two that do it in
-- different orders would wait for each other.
lock table tracking.notification_turns in share row exclusive mode
