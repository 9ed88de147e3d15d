"""The return label: its numbers, its drawing, and the formats a printer takes."""
