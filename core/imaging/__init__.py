"""Photos: files, color management, proxies, and the rendering of looks at any size."""
