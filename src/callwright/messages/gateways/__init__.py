"""HTTP gateways, described: what a provider of text messages wants to be sent, answers, and tells afterwards."""
