"""Lion: adversarial distillation of a proprietary language model into a small open one (Jiang et al., EMNLP 2023)."""

__version__ = "0.1.0"
