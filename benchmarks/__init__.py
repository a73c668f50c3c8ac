"""Slow measurements, run by ``./run bench NAME``; their results go to ``.cache/bench/NAME.json``."""
