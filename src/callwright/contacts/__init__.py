"""People: contacts, groups, saved filters, imports and exports, merging, what is held about one person."""
