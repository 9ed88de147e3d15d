"""The rules of a claim: pure values in, values out. No clock, no network, no database, no chance."""
