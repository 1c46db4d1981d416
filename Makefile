# SPDX-License-Identifier: GPL-2.0-only
#
# make                    library, command, examples, and modules if the running
#                         kernel's headers are installed
# make KDIR=DIR           the same for the kernel whose build tree is DIR
# make modules            the modules alone
# make install            all of it, below PREFIX (/usr/local) and DESTDIR
# make demo               a file copied by faulting DMA in a VM (DEMO_FILE=)
# make demo-nested        a guest's page tables, walked by DMA in a VM
# make demo-events        faults and queue errors of two guests, seen in a VM
# make check              every test, on the long-term kernel and on the newest
#                         (KERNEL=lts|newest|sid|6.12|..., TESTS=)
# make check-debug        every test, on a kernel with KASAN, UBSAN, lockdep (TESTS=)
# make check-race         every test, soak and fuzzer, on one with KCSAN (TESTS=)
# make check-hw           a PCI device behind the kernel's own VT-d driver (KERNEL=)
# make check-hardened     every test, on one by clang with KCFI, IBT, RANDSTRUCT (TESTS=)
# make check-nth          every failing allocation, copy and pin of many calls (TESTS=)
# make coverage           which lines of the modules the tests reach (TESTS=)
# make mutants            planted bugs, each of which the tests must find (MUTANTS=,
#                         MUTANTS_COUNT=, MUTANTS_SEED=)
# make soak               all of it at random for SOAK_SECONDS (SOAK_SEED=, KERNEL=)
# make fuzz               hostile input for FUZZ_SECONDS a target (FUZZ_SEED=, TESTS=)
# make shell              a shell in a VM with both modules loaded (KERNEL=), or a
#                         script in it: make shell <FILE
# make model              the ring and its protocols, proved as models
# make lint dkms-check    what else the continuous integration runs

KREL	:= $(shell uname -r)
KDIR	?= /lib/modules/$(KREL)/build
PREFIX	?= /usr/local
LIBDIR	?= $(PREFIX)/lib
TESTS	?=
KERNEL	?=
DEMO_FILE ?=
SOAK_SECONDS ?= 300
FUZZ_SECONDS ?= 60
SOAK_SEED ?= 0
MUTANTS	?=
MUTANTS_COUNT ?=
MUTANTS_SEED ?= 0
FUZZ_SEED ?= 0

# The compiler and the linker are those of the kernel, unless the user says which.
given	:= $(filter-out default undefined,$(origin CC) $(origin LD) $(origin LLVM))
check_kernel := sh compat/check-kernel '$(KDIR)' $(if $(given),given)
kbuild	= -C '$(KDIR)' M='$(CURDIR)' \
	  $(if $(given),,$(shell sh compat/toolchain '$(KDIR)'))

# User space needs no kernel headers. Only a tree that was asked for must be there.
ifeq ($(origin KDIR),file)
all: lib tools examples
	@if why=$$($(check_kernel) 2>&1); then \
		$(MAKE) --no-print-directory modules; \
	else \
		echo "$$why" >&2; \
		echo 'faultq: built all but the modules' >&2; \
	fi
else
all: modules lib tools examples
endif

modules:
	@$(check_kernel)
	$(MAKE) $(kbuild) modules

lib:
	$(MAKE) -C lib

tools examples: lib
	$(MAKE) -C $@

# Nothing is installed where not all can be.
install:
	@$(check_kernel) || { echo 'faultq: to install all but the modules:' \
		'make lib_install tools_install' >&2; exit 1; }
	$(MAKE) modules_install lib_install tools_install

# The key that a distribution signs its own modules with is not at hand.
modules_install: modules
	$(MAKE) $(kbuild) CONFIG_MODULE_SIG_ALL= \
		$(if $(DESTDIR),INSTALL_MOD_PATH='$(DESTDIR)') modules_install
	depmod $(if $(DESTDIR),-b '$(DESTDIR)') \
		"$$(cat '$(KDIR)/include/config/kernel.release')"

lib_install tools_install: %_install: %
	$(MAKE) -C $* install PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' \
		DESTDIR='$(DESTDIR)'

demo:
	@tests/vm/demo '$(DEMO_FILE)'

demo-nested demo-events:
	@tests/vm/demo-example '$(@:demo-%=%)'

check:
	@tests/run '$(KERNEL)' $(TESTS)

check-debug check-race check-hardened: check-%:
	@tests/run '$*' $(TESTS)

# Without and with interrupt remapping
check-hw:
	@INTREMAP=off tests/run '$(KERNEL)' hw
	@INTREMAP=on tests/run '$(KERNEL)' hw

check-nth:
	@SUITE=nth tests/run debug $(TESTS)

coverage:
	@tests/coverage $(TESTS)

mutants:
	@tests/mutants/run '$(MUTANTS_COUNT)' '$(MUTANTS_SEED)' $(MUTANTS)

fuzz:
	@tests/fuzz/run '$(FUZZ_SECONDS)' '$(FUZZ_SEED)' $(TESTS)

soak:
	@tests/soak/run '$(or $(KERNEL),lts)' '$(SOAK_SECONDS)' '$(SOAK_SEED)'

shell:
	@tests/vm/shell '$(KERNEL)'

model:
	@tests/model/run

lint:
	@tests/lint/run

dkms-check:
	@tests/dkms/run '$(KERNEL)'

# Not by way of the kernel's own "clean": there may be no kernel tree here.
clean:
	rm -rf build compat/generated Module.symvers modules.order
	find . -path ./.git -prune -o \( -name '*.o' -o -name '*.ko' \
		-o -name '*.mod' -o -name '*.mod.c' -o -name '.*.cmd' \
		-o -name '.*.d' \) -type f -exec rm -f {} +

.PHONY: all modules lib tools examples install modules_install lib_install \
	tools_install demo demo-nested demo-events check check-debug check-race \
	check-hardened check-hw check-nth coverage mutants fuzz soak shell model \
	lint dkms-check clean
