"""Who answered: a person, a machine, a fax or nobody, from the sound of the line alone."""
