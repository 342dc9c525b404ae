"""What a run will cost and what it did cost: tokens, and dollars where a price is known. Buys and changes nothing."""
