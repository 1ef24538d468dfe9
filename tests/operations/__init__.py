"""Operation: one process to run, watch and trust."""
