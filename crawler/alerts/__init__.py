"""What to say to a person, when, and how often: from stored rows."""
