"""What an utterance means in its conversation."""
