"""Writes out what engines read badly: numbers, dates, money, telephone numbers, codes, abbreviations. Pure."""
