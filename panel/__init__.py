"""The Gradio panel that trains new styles. Not built yet."""
