"""Text messages over SMPP 3.4: octets (``pdu``), one connection (``session``), a route's connections (``client``)."""
