"""Sound that organisations bring: uploaded, fetched, spoken or recorded; converted once, played in calls."""
