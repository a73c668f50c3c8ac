"""Turns what people say into words: the recogniser in a process of its own, and where an answer begins and ends."""
