-- Compresses the counts that are past their days. Only outside a transaction; seconds for ten days of a million counts.
call tracking.compress_counts()
