"""The files of a content: read, checked, made into values."""
