"""Hours of streams with slow and vanished clients: does anything grow?"""
