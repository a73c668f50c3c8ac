"""The outbox: every change as an event, and the webhooks that carry events to customers."""
