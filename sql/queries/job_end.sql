-- Records how a run ended: run, outcome, rows, error. No row: others held it for lost.
update tracking.job_runs
   set ended_at = now(), outcome = %(outcome)s, rows = %(rows)s, error = %(error)s
 where run = %(run)s and outcome = 'running'
returning run
