"""What operators see: numbers for Prometheus, and traces if they are asked for.

`series.py` names what is counted, `tallies.py` counts it, `exposition.py` writes it out; `probes.py` and `database.py`
ask the database at that moment. `tracing.py` is apart from these.
"""
