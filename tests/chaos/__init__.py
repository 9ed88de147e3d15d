"""Real processes killed at random while honest clients bring claims to every ending; then everything is checked.

Run it with `make chaos`; what it promises and how to read its table stands in docs/reliability.md.
"""
