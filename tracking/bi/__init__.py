"""Who reads the schema `analytics` by SQL, and with which limits."""
