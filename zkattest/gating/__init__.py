"""Policies in people's words, their translation to a gate's clauses, and what it takes to pass a gate."""
