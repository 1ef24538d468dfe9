"""The decisions of the Matrix channel, offline."""
