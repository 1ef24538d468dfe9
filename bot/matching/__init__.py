"""What is learned: from the lines of a content to the probabilities of topic, aspect and danger of an utterance.

``places``      pieces of words, words, pairs and concepts hashed into places
``rows``        sparse rows of them
``features``    from texts to counted rows
``kin``         what few lines a topic need besides: words spelt alike
``weighing``    from counted rows to weighed ones
``order``       the lot by which lines are learned or held out
``blocks``      rows that are learned from at once
``linear``      one linear classifier for topic and aspect
``related``     another one, for many narrow topics of few lines
``within``      its shortened directions within classes
``learning``    from the lines of a content to the numbers of the classifier
``halves``      reading and learning in two processes
``stretches``   where in a long text danger stands out
``wordset``     the words of a content in little memory
``model``       judges an utterance by them
``cache``       keeps them until the content changes
"""
