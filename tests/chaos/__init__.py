"""Nights that are killed, starved and confused at random, and must come to the same store as an undisturbed one."""
