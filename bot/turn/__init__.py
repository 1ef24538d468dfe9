"""The parts of one turn: danger, commands and choices, what of a message counts, the reply."""
