# Each target installs what it needs. `make check` is the quick one for development.
.PHONY: help serve test check lint venv messages protocol bench fuzz clean

help:
	@echo "make serve     run the example project until Ctrl-C (PORT=8000, PYTHON=the newest that is installed)"
	@echo "make test      run all tests: each installed Python, Django 1.8 to 1.10, and a browser"
	@echo "make check     lint, and run the unit tests on one Python (T=\"tests/rooms -k retry\" selects tests)"
	@echo "make lint      lint the Python, JavaScript and shell sources"
	@echo "make bench     run the benchmarks, and print the table (a few minutes)"
	@echo "make fuzz      send random inputs to all processes for an hour (SECONDS=3600, SEED=a random one)"
	@echo "make protocol  write the JavaScript copy of the protocol's names"
	@echo "make messages  collect and compile the translations (needs gettext)"
	@echo "make clean     remove the environments, but not var/ (the database)"

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

fuzz: venv
	@.venv/bin/python -c "import hypothesis, websocket" 2>/dev/null || .venv/bin/python -m pip install --quiet -r requirements-test.txt
	@.venv/bin/python -W ignore -m tests.fuzz --seconds $(or $(SECONDS),3600) $(if $(SEED),--seed $(SEED)) $(FUZZ)

protocol: venv
	.venv/bin/python manage.py protocoljs

messages: venv
	cd chartroom && ../.venv/bin/python ../manage.py makemessages -l zh_Hans --no-location && ../.venv/bin/python ../manage.py compilemessages

clean:
	rm -rf .venv .tox .tox-venv .lint-venv node_modules
