"""Upkeep: what keeps the data root and the store in good order from week to week, one module for each job."""
