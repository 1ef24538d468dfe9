"""The commands of the program, and what they are put together from: the composition root.

Like ``bot.__main__``, whose table names them, the modules of this folder may
import adapters and read the environment; no other module of ``bot`` imports
them. A module of commands is imported when one of its commands runs, so that
it imports at its top what all of them need, and a quick command stays quick.
"""
