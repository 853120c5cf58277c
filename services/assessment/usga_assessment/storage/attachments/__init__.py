"""Files of interviews: rows in the database, bytes in folders or in an object store."""
