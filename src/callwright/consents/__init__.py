"""What people agreed to, and where nobody may be called: consents, do-not-call lists, links to unsubscribe."""
