"""Models outside the pipeline, measured as its students are: baselines, and the rivals of the paper."""
