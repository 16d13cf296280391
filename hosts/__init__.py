"""People and closets: accounts, sessions, closets, listings, photos, follows and likes."""
