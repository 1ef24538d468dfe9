"""Understanding: from the words of an utterance to weighed intents.

``patterns``    words and phrases written down by editors, with ``*``
``lexicon``     all of them in one pass
``spelling``    which word a misspelt one means
``names``       the names of the offers, found despite typos, with negation
``reading``     all of that for one utterance
``features``    sub-word, word and concept features of a text, hashed
``linear``      one linear classifier for topic and aspect
``learning``    from the lines of a content to the numbers of the classifier
``model``       judges an utterance by them
``cache``       keeps them until the content changes
``lookup``      from a number, address or link back to its owner
"""
