"""What a stream costs and how late its events are, beside the floors under it and other relays."""
