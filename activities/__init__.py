"""The world: what a claim does outside itself. Each adapter is a class that is given its tools by worker.py."""
