"""Telephone engines behind one port, and the runner that drives a flow over a leg."""
