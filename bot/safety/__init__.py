"""What tells of danger without anything learned, and what takes it back: fixed signals, frames, all-clears."""
