"""table -> pydeck.Deck, and the legends and sentences that say the same in words. Pure."""
