"""Approval of texts and audio before anybody hears or reads them."""
