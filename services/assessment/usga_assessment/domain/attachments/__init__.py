"""Files of interviews: the tus protocol, what a file may be, how it is sealed."""
