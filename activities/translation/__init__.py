"""Messages in the reader's language: a port, engines behind it, and what must come through unchanged."""
