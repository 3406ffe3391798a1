-- From when on the double-fire guard must know the counted actions of a restore that begins: slots that end later. Of
-- earlier ones it will ask the stored events, as it does of those that were forgotten (forget_actions.sql).
   update tracking.guard_memory
      set forgotten_until = greatest(forgotten_until, now() - interval '1 day')
returning forgotten_until
