"""`make hub`: a hub between tablets and a centre."""
