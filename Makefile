.PHONY: check test slow bench

check:  ## lint, format, types
	ruff check .
	ruff format --check .
	mypy

test:  ## the default tests: offline, minutes
	pytest

slow:  ## the tests that take longer
	pytest -m slow

bench:  ## the measurements; they print, and assert nothing
	for file in tests/bench/*.py; do python $$file; done
