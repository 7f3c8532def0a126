"""The Gradio panel: training, applying and managing styles in a browser."""
