"""Codes that prove whose a telephone number is: spoken, or the last digits of the number that calls."""
