# `make serve` runs it, `make test` tests it, `make check` is the quick loop; each installs what it needs.
.PHONY: help serve test check lint venv messages protocol bench clean

help:
	@echo "make serve     run the example project (PORT=8000, PYTHON=the newest here), Ctrl-C ends it"
	@echo "make test      run all tests: each Python that is here, Django 1.8 to 1.10, and a browser"
	@echo "make check     lint, and run the unit tests on one Python (T=\"tests/rooms -k retry\": a part of them)"
	@echo "make lint      look over Python, the page's scripts and the shell's"
	@echo "make bench     measure, and print the table (a few minutes)"
	@echo "make protocol  write the JavaScript's copy of the protocol's names"
	@echo "make messages  collect and compile the translations (needs gettext)"
	@echo "make clean     remove the environments; var/ (the database) stays"

venv:
	@scripts/make-venv

serve: venv
	@exec .venv/bin/python scripts/serve.py

test:
	@scripts/run-tests

check: venv
	@scripts/check $(T)

lint:
	@scripts/lint

bench: venv
	@.venv/bin/python -c "import websocket" 2>/dev/null || .venv/bin/python -m pip install --quiet -r requirements-test.txt
	@.venv/bin/python -m benchmarks $(BENCH)

protocol: venv
	.venv/bin/python manage.py protocoljs

messages: venv
	cd chartroom && ../.venv/bin/python ../manage.py makemessages -l zh_Hans --no-location && ../.venv/bin/python ../manage.py compilemessages

clean:
	rm -rf .venv .tox .tox-venv .lint-venv node_modules
