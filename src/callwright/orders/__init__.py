"""Orders: what programs written for other services asked for, and what was made of it."""
