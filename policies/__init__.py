"""What happens by itself: who is told of what on which day, and how it reaches them.

A sentence of the domain is one file here (``aftercare_comes_up.py`` …), a pure function of
a journey and a thing to do. ``round.tick`` lets them speak and records what they say;
``delivery`` carries it out of the house; ``clock`` does both every day.
"""
