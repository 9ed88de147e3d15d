"""People: JSON over HTTP. desk.py is the only file here that knows Temporal."""
