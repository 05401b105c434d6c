"""The HTTP interface of PROTOCOL.md, and the web page's files."""
