"""The page under a fast answer: what it costs the main thread, how fast a long session opens, what ten tabs take."""
