"""One failure planted in the code for each guard, to see that the guard speaks."""
