"""What the words of an utterance hit: names, questions, word fields; nothing here is learned."""
