"""The handset lab: simulated telephones on real SIP and RTP, in an Asterisk of their own."""
