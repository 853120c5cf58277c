"""Tables of interviews for spreadsheets and statistics programs."""
