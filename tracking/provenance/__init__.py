"""Stage 2, provenance: who sent this, and what it may do. Nothing of that is believed from the body."""
