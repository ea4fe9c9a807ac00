# swmdadm: everything starts here. See README.md.
SWIFT ?= swift
PACKAGES = libblkid-dev libudev-dev libdlm-dev pkg-config

.PHONY: all check test deps clean

all:
	$(SWIFT) build -c release --static-swift-stdlib --product swmdadm

# The rungs that need neither root nor the lab.
check:
	$(SWIFT) build
	$(SWIFT) test

test: deps check

# Installs the Debian packages that are missing; says so where it may not.
deps:
	@for package in $(PACKAGES); do \
	  dpkg -s $$package >/dev/null 2>&1 || missing="$$missing $$package"; done; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$missing; \
	  else echo "missing packages (apt-get install as root):$$missing" >&2; exit 1; fi; fi

clean:
	rm -rf .build
