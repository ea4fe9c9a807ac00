"""What several cases do in the same way."""
