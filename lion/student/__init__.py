"""The student: an open causal language model that is trained and asked. The only room that imports torch."""

import os

# OpenMP threads that wait for one another by spinning make a busy machine many times slower: let them sleep. It is read
# when torch is loaded, so it stands before anything that imports torch; a user's own setting comes first.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
