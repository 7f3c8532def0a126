"""ComfyUI nodes: convert, call core, convert back. None yet: the command line and core serve until they land."""
