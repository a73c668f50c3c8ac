"""Campaigns on a virtual clock: the product's own statements and rules, with people and faults made by chance."""
