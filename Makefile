# The commands of Project Sales. Each installs what it needs first; what is there already costs a tenth of a second.

SALES_PYTHON ?= $(or \
	$(shell command -v python3 || command -v python3.13 || command -v python3.12 || command -v python3.11), \
	$(error Python 3.11, 3.12 or 3.13 is needed: apt-get install python3))
# `exec`: a signal sent to make reaches the command itself.
INSTALL = @exec $(SALES_PYTHON) services/local/bootstrap.py

.PHONY: help up down test check protos bench soak

help:
	@echo "make up      install what is missing, start everything, stay until Ctrl-C"
	@echo "make down    stop what make up started"
	@echo "make test    install what is missing, make check, then all tests on servers of their own"
	@echo "make check   style, types, walls between packages, contracts, generated code"
	@echo "make protos  write the generated code anew"
	@echo "make bench   measure: JSON and a table"
	@echo "make soak    long proofs"

up:
	$(INSTALL) base python -m services.local up

down:
	$(INSTALL) base python -m services.local down

test:
	$(INSTALL) dev python -m tests.support.run

check:
	$(INSTALL) dev python -m tests.support.check

protos:
	$(INSTALL) dev bash protos/generate.sh

# pytest finds the contracts by its own settings; these two are plain programs.
bench soak: export PYTHONPATH = $(CURDIR):$(CURDIR)/protos/gen/py

bench:
	$(INSTALL) dev python -m tests.bench

soak:
	$(INSTALL) dev python -m tests.soak
