"""The rules of the field as pure functions: time, money, numbers and outcomes go in, decisions come out."""
