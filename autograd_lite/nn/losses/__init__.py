"""Losses as functions, as modules, and the penalties on weights."""
