"""The student: an open causal language model that is trained and asked. The only room that imports torch."""
