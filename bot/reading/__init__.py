"""What the words of an utterance hit: names, questions, word fields. Nothing here is learned.

``patterns``    words and phrases written down by editors, with ``*``
``lexicon``     all of them in one pass
``spelling``    which word a misspelt one means
``names``       the names of the offers, found despite typos, with negation
``reader``      all of that for one utterance
``lookup``      from a number, address or link back to its owner
"""
