"""Sound files of strangers, turned into sound for telephones."""
