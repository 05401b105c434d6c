"""The waiting line under load, beside Gradio's queue and plain Celery: `python -m bench.line`."""
