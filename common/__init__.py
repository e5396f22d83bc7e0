"""Flag parsing, errors, atomic writes and locks, for every package."""
