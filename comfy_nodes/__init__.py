"""ComfyUI nodes: convert, call core, convert back."""
