"""What leaves the house: the last student and the last pools, each with its card. Uploads nothing."""
