"""Parts of ``./run bench recognise``."""
