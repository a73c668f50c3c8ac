"""HTTP: the native API; dialects of other vendors join it here."""
