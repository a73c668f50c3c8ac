"""Ways out for messages, each behind a protocol: text messages and email."""
