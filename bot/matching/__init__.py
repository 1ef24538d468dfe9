"""Understanding: from the words of an utterance to weighed intents.

``patterns``    words and phrases written down by editors, with ``*``
``names``       the names of the offers, found despite typos, with negation
``features``    sub-word, word and concept features of a text, hashed
``linear``      one linear classifier for topic and aspect, fitted at load
``lookup``      from a number, address or link back to its owner
``model``       all of that for one content, fitted or from the cache
"""
