# swmdadm: everything starts here. README.md says what each word does.
SWIFT ?= $(or $(shell command -v swift),/opt/swift/usr/bin/swift)
LAB = Tests/Lab/lab
# Clusters side by side; one leaves the two cores of a small machine to it. Lone guests run two at a time in any case.
JOBS ?= 1

# Where things are installed. DESTDIR is for packagers.
DESTDIR ?=
PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
UDEVDIR ?= $(PREFIX)/lib/udev/rules.d
UNITDIR ?= $(PREFIX)/lib/systemd/system
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
SCHEMADIR ?= $(PREFIX)/share/swmdadm/schema

# Debian packages that the build needs; the lab knows its own.
PACKAGES = g++ libblkid-dev libudev-dev libdlm-dev pkg-config python3

# GCC's two libraries as archives: looking them up at run time would be a third of the start-up.
ARCHIVES = .build/archives
# Small before fast: what counts is start-up, and nothing here computes for long. At a fixed address (-no-pie), because
# 20,000 relocations touch 60 pages of Swift's tables at every start: half of what we took more than mdadm. Nothing
# unwinds the stack, so the index for that is left out.
RELEASE = -c release --static-swift-stdlib --product swmdadm --disable-local-rpath -Xswiftc -Osize -Xlinker -s \
  -Xlinker --gc-sections -Xlinker -L$(CURDIR)/$(ARCHIVES) -Xlinker --no-export-dynamic -Xlinker --icf=all \
  -Xlinker --no-eh-frame-hdr -Xswiftc -Xclang-linker -Xswiftc -no-pie
BINARY = .build/release/swmdadm
LARGEST = 10000000

# What is installed: each line is a list of files and exists or not, as the tree grows.
RULES = $(wildcard udev/*.rules)
UNITS = $(wildcard systemd/*.service systemd/*.timer systemd/*.path systemd/*.socket)
PAGES = $(wildcard man/*.[578])
BASH = $(wildcard completions/*.bash)
ZSH = $(wildcard completions/*.zsh)
FISH = $(wildcard completions/*.fish)
SCHEMAS = $(wildcard schema/*.json)

.PHONY: all install uninstall check fuzz contracts test lab demo bench deps clean

# The program as it is shipped: optimised, the Swift library linked in, without symbols.
all: $(ARCHIVES)
	$(SWIFT) build $(RELEASE)
	@size=$$(stat -Lc %s $(BINARY)); echo "$(BINARY): $$size bytes"; \
	if [ $$size -gt $(LARGEST) ]; then echo "$(BINARY) is larger than $(LARGEST) bytes" >&2; exit 1; fi

$(ARCHIVES):
	@mkdir -p $@
	@ln -sf "$$(gcc -print-file-name=libstdc++.a)" $@/libstdc++.a
	@ln -sf "$$(gcc -print-file-name=libgcc_eh.a)" $@/libgcc_s.a

# Rules and units name the program where it is installed.
install:
	@test -x $(BINARY) || { echo "there is no $(BINARY): run make first" >&2; exit 1; }
	install -D -m 755 $(BINARY) $(DESTDIR)$(SBINDIR)/swmdadm
	@for file in $(RULES); do $(call put,$(UDEVDIR)); done
	@for file in $(UNITS); do $(call put,$(UNITDIR)); done
	@for file in $(PAGES); do install -D -v -m 644 $$file $(DESTDIR)$(MANDIR)/man$${file##*.}/$${file##*/}; done
	@for file in $(BASH); do name=$${file##*/}; install -D -v -m 644 $$file $(DESTDIR)$(BASHDIR)/$${name%.bash}; done
	@for file in $(ZSH); do name=$${file##*/}; install -D -v -m 644 $$file $(DESTDIR)$(ZSHDIR)/_$${name%.zsh}; done
	@for file in $(FISH); do install -D -v -m 644 $$file $(DESTDIR)$(FISHDIR)/$${file##*/}; done
	@for file in $(SCHEMAS); do install -D -v -m 644 $$file $(DESTDIR)$(SCHEMADIR)/$${file##*/}; done

put = target=$(DESTDIR)$(1)/$${file\#\#*/}; install -d $(DESTDIR)$(1); \
  sed 's|/usr/sbin/swmdadm|$(SBINDIR)/swmdadm|g' $$file >$$target && chmod 644 $$target && echo "$$target"

uninstall:
	rm -f $(DESTDIR)$(SBINDIR)/swmdadm
	rm -f $(addprefix $(DESTDIR)$(UDEVDIR)/,$(notdir $(RULES))) $(addprefix $(DESTDIR)$(UNITDIR)/,$(notdir $(UNITS)))
	rm -f $(foreach page,$(PAGES),$(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page)))
	rm -f $(addprefix $(DESTDIR)$(BASHDIR)/,$(notdir $(BASH:.bash=))) $(addprefix $(DESTDIR)$(ZSHDIR)/_,$(notdir $(ZSH:.zsh=)))
	rm -f $(addprefix $(DESTDIR)$(FISHDIR)/,$(notdir $(FISH))) $(addprefix $(DESTDIR)$(SCHEMADIR)/,$(notdir $(SCHEMAS)))

# The rungs that need neither root nor the lab.
check:
	$(SWIFT) test
	$(SWIFT) build --product swmdfuzz
	.build/debug/swmdfuzz 1000 1

# Mutated input for everything that reads what others wrote; a seed repeats a run. `make check` runs a slice of it.
fuzz:
	$(SWIFT) build -c release --product swmdfuzz
	$(SWIFT) run -c release --skip-build swmdfuzz $(or $(ROUNDS),200000) $(or $(SEED),1)

# Programs for guests: the contracts (cases locks and locks-death), and a node of the library (cases library-…).
contracts: $(ARCHIVES)
	$(SWIFT) build $(subst --product swmdadm,--product swmdcontract,$(RELEASE))
	$(SWIFT) build $(subst --product swmdadm,--product swmdlibrary,$(RELEASE))

# The cases of `make test`: whole names, or what they begin with.
CASES = json clients cluster resync resync-shared agents soak soak-slow hostile compare words history

# Everything that holds. Fails when the lab cannot start.
test: deps check all
	$(LAB) run $(CASES) --binary $(BINARY) --jobs $(JOBS)

# Some cases: make lab CASE=soak, make lab CASE=compare-raid5 KEEP=1.
lab: deps all
	$(LAB) run $(CASE) --binary $(BINARY) --jobs $(JOBS) $(if $(KEEP),--keep)

# The ten steps of adding a disk to a cluster's array, on three virtual machines.
demo: deps all
	Tests/Lab/demo --binary $(BINARY)

# Ratios between swmdadm and mdadm, measured in one guest; one after the other, since lone guests share the machine.
bench: deps all
	$(LAB) run bench --binary $(BINARY)
	$(LAB) run bench-slow --binary $(BINARY)
	$(LAB) run bench-many --binary $(BINARY)

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
