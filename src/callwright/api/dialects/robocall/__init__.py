"""The Robo call API: call flows of many destinations, by one request."""
