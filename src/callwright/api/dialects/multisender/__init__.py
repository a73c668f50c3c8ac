"""The Multisender API: schemas, translation, rendering."""
