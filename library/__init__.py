"""The document library: files become passages that can be found and cited.

`accept` looks at an upload, `parse` reads it in a limited child process, `split` cuts it into passages,
`terms` makes the words they are found by, `ingest` does all of that for one document, `search` finds.

Nothing is imported here, so that the child process that reads a hostile file starts light.
"""
