"""Who is contacted now: claim, check again, hand over to the telephone engine, settle."""
