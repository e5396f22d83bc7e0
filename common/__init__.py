"""What every package uses: flag parsing, errors, whole-file writes."""
