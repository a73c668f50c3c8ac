"""Speech engines, the choice of a voice, and the cache of rendered segments."""
