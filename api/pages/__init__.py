"""Web pages for buyers, sellers and mediators: what the JSON says, in their language, with buttons."""
