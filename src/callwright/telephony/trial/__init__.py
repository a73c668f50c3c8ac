"""A call without a telephone: the same runner and machine as real calls, with a browser in the place of the line."""
