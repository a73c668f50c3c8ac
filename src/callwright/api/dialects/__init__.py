"""The dialects: other services' APIs, for programs that were written for them."""
