"""The effebot API: calls with keys and words that act, audio records, templates, flash calls, a block list."""
