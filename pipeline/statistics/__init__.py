"""Formulas with their sources: every result carries its n, its interval and its method."""
