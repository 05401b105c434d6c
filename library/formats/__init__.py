"""One module for each kind of file: `read(path)` yields what `library.blocks` describes.

These run only in the child process of `library.parse_child`, on files that may be hostile.
"""
