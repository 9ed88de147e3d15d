"""Starting and feeding it: the embedded engine, import, demo data, tokens."""
