"""Rules written before the runs, what came of them, and the page that says so."""
