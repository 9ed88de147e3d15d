"""Texts with the verdicts that people gave them, in two halves: `dev` to write rules by, `held_out` to measure them."""
