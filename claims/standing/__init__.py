"""The standing of a seller: what happened, what of it counts, and the level that it makes. Pure."""
