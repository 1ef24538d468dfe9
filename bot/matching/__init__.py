"""Understanding: from the words of an utterance to weighed intents.

``patterns``    words and phrases written down by editors, with ``*``
``lexicon``     all of them in one pass
``spelling``    which word a misspelt one means
``names``       the names of the offers, found despite typos, with negation
``reading``     all of that for one utterance
``features``    sub-word, word and concept features of a text, hashed
``linear``      one linear classifier for topic and aspect
``related``     another one, for many narrow topics of few lines
``learning``    from the lines of a content to the numbers of the classifier
``halves``      reading the lines in two processes
``wordset``     the words of a content in little memory
``model``       judges an utterance by them
``cache``       keeps them until the content changes
``lookup``      from a number, address or link back to its owner
"""
