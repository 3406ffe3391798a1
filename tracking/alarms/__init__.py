"""Whether the trackers still send what they usually do, and who is told where one does not."""
