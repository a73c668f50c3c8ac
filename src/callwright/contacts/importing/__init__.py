"""Files of contacts: looked at, mapped, taken in by batches, taken back."""
