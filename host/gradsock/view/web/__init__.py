"""gradsock in a browser: live socks and recordings, served to this machine alone unless told otherwise."""
