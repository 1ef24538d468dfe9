"""The Matrix channel against a real Synapse."""
