"""Phrases of feedback texts: how often each occurs in each period, and which of them say the same thing."""
