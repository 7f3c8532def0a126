"""Photos in memory and their color management, files in and out, looks and what renders them."""
