"""Recordings: what callees said, and whole calls with both sides; kept, shown, deleted, exported."""
