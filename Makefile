# duetrace: `make` builds, `make test` tests, `make demo` shows the main job, `make bench` measures.
# Each of them installs what it needs (Debian packages) when it is run by root.
# V=1 shows the commands; DEBUG=1: no optimization; SANITIZE=1: ASan and UBSan; CC=clang works too. Output is in build/.

VERSION := 0.1.0
comma   := ,
CC      ?= gcc
B       := build/$(if $(SANITIZE),sanitize,$(if $(DEBUG),debug,release))$(if $(findstring clang,$(CC)),-clang)

# The newest LLVM from 16 up ("true", because make drops the output of a command that ends with
# 127); its clang makes the best bitcode for it, any clang will do.
LLVM_CONFIG ?= $(firstword $(shell for v in 21 20 19 18 17 16; do command -v llvm-config-$$v; done; \
	       command -v llvm-config; true))
BPF_CLANG   ?= $(firstword $(shell for v in 21 20 19 18 17 16; do command -v clang-$$v; done; command -v clang; true))

# gcc's checks of formats go wrong in instrumented code, so warnings are errors elsewhere only.
WARN   := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla \
	  -Wformat=2 -Wundef $(if $(SANITIZE),-Wno-format-truncation,$(if $(CI),-Werror))
CFLAGS := -std=gnu17 $(if $(DEBUG)$(SANITIZE),-O1,-O2) -g $(WARN) -fno-pie -ffunction-sections \
	  -fdata-sections $(if $(SANITIZE),-DSANITIZED -fsanitize=address$(comma)undefined -fno-omit-frame-pointer) \
	  -D_GNU_SOURCE -DDUETRACE_VERSION='"$(VERSION)"' -I. -I$B/gen
LDFLAGS := -no-pie -Wl,--gc-sections -Wl,--as-needed $(if $(SANITIZE),-fsanitize=address$(comma)undefined)

LANG_C     := $(wildcard lang/*.c) $B/gen/lang/parser.tab.c $B/gen/lang/lexer.yy.c
COMPILER_C := $(wildcard compiler/*.c)
IMAGE_C    := $(wildcard image/*.c)
RUNTIME_C  := $(wildcard runtime/*.c runtime/*/*.c)
CLI_C      := duetrace.c $(wildcard cli/*.c)
HELPERS    := $(sort $(wildcard bpf-helpers/*.bpf.c))

obj = $(patsubst %.c,$B/%.o,$(patsubst $B/gen/%,gen/%,$1))
LANG_O     := $(call obj,$(LANG_C))
COMPILER_O := $(call obj,$(COMPILER_C)) $B/gen/helpers.o
IMAGE_O    := $(call obj,$(IMAGE_C))
RUNTIME_O  := $(call obj,$(RUNTIME_C))
CLI_O      := $(call obj,$(CLI_C))
# What the sanitizers are asked for.
SANITIZERS := $(if $(SANITIZE),$B/tests/sanitizers/options.o)

# Static where Debian has archives: the program starts faster and a host needs none of them.
STATIC      = -Wl,-Bstatic $1 -Wl,-Bdynamic
LLVM_PARTS := bpf bitreader linker passes
ifneq ($(LLVM_CONFIG),)
LLVM_CFLAGS := $(shell $(LLVM_CONFIG) --cflags)
LLVM_STATIC := $(shell $(LLVM_CONFIG) --link-static --libs $(LLVM_PARTS) >/dev/null 2>&1 && echo yes)
ifeq ($(LLVM_STATIC),yes)
LLVM_LIBS := $(shell $(LLVM_CONFIG) --link-static --ldflags --libs $(LLVM_PARTS)) \
	     $(call STATIC,-lz -lzstd) -Wl,--as-needed -lrt -ldl -lm $(call STATIC,-lstdc++)
else
LLVM_LIBS := $(shell $(LLVM_CONFIG) --ldflags --libs) -lstdc++
endif
endif
# Of the C++ library only the demangler, which is C.
RUNTIME_LIBS := $(call STATIC,-lbpf -ldw -lelf -lz -lzstd -lsqlite3 -lseccomp -lstdc++) -lm -lpthread -ldl

# Commands are long: a line says what is made, V=1 shows how.
Q    := $(if $(V),,@)
say   = $(if $(V),,@printf '  %-5s %s\n' '$1' '$@')

.PHONY: all deps test-vm test demo bench clean format check-format check-seams
.DELETE_ON_ERROR:
.SECONDARY:

all: duetrace duetrace-run check-seams

duetrace: $B/duetrace
	@cmp -s $< $@ || { cp $< $@.new && mv $@.new $@; }
duetrace-run: $B/duetrace-run
	@cmp -s $< $@ || { cp $< $@.new && mv $@.new $@; }

$B/duetrace $B/duetrace-run: $(SANITIZERS)
# The order of the archives is the order of the floors: a reference upwards does not link.
$B/duetrace: $(CLI_O) $B/libcompiler.a $B/liblang.a $B/libruntime.a $B/libimage.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -static-libgcc -o $@ $^ $(LLVM_LIBS) $(call STATIC,-lmd -lcap) $(RUNTIME_LIBS)
$B/duetrace-run: $B/duetrace-run.o $B/cli/option_rows.o $B/libruntime.a $B/libimage.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(RUNTIME_LIBS)

$B/liblang.a: $(LANG_O)
$B/libcompiler.a: $(COMPILER_O)
$B/libimage.a: $(IMAGE_O)
$B/libruntime.a: $(RUNTIME_O)
$B/lib%.a:
	@rm -f $@
	$(call say,AR)
	$(Q)ar rcs $@ $^

$B/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) -MMD -MP -c -o $@ $<
$B/gen/%.o: $B/gen/%.c
	$(call say,CC)
	$(Q)$(CC) $(CFLAGS) -Wno-switch-enum -MMD -MP -c -o $@ $<
$(call obj,$(COMPILER_C)): CFLAGS += $(filter -I%,$(LLVM_CFLAGS))
$(LANG_O): | $B/gen/lang/parser.tab.c $B/gen/lang/lexer.yy.c

$B/gen/lang/parser.tab.c: lang/parser.y
	@mkdir -p $(@D)
	$(call say,BISON)
	$(Q)bison -Werror -Wall -Wcounterexamples -Wno-yacc --defines=$(@:.c=.h) -o $@ $<
$B/gen/lang/lexer.yy.c: lang/lexer.l
	@mkdir -p $(@D)
	$(call say,FLEX)
	$(Q)flex --header-file=$(@D)/lexer.h -o $@ $<

# Numbers of system calls by name, for 64-bit and (x86 only) for 32-bit programs.
$B/gen/compiler/calls.h:
	@mkdir -p $(@D)
	$(call say,MAKE)
	$(Q)echo '#include <asm/unistd.h>' | $(CC) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$$/CALL(\1, \2)/p' >$@
	$(Q)echo '#include <asm/unistd_32.h>' | $(CC) -E -dM - 2>/dev/null | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$$/COMPAT_CALL(\1, \2)/p' >>$@
$(call obj,compiler/gen_hook.c): | $B/gen/compiler/calls.h

# Names of system calls by number, from the kernel's header.
$B/gen/runtime/syscalls.h:
	@mkdir -p $(@D)
	$(call say,MAKE)
	$(Q)echo '#include <asm/unistd.h>' | $(CC) -E -dM - | \
		sed -n 's/^#define __NR_\([a-z0-9_]*\) \([0-9][0-9]*\)$$/[\2] = "\1",/p' >$@
$(RUNTIME_O): | $B/gen/runtime/syscalls.h

# bpf-helpers: one bitcode file each, embedded by name.
$B/gen/bpf/%.bc: bpf-helpers/%.bpf.c $(wildcard bpf-helpers/*.h)
	@mkdir -p $(@D)
	$(call say,BPF)
	$(Q)$(BPF_CLANG) -target bpf -mcpu=v3 -O2 $(BPF_DEBUG) -Wall -Wextra -Werror -Ibpf-helpers -D__TARGET_ARCH_$(BPF_ARCH) \
		-I/usr/include/$(shell $(CC) -print-multiarch) -emit-llvm -c -o $@ $<
# CO-RE needs the types.
$B/gen/bpf/task_%.bc $B/gen/bpf/data.bc $B/gen/bpf/data_%.bc $B/gen/bpf/file_%.bc $B/gen/bpf/net.bc $B/gen/bpf/net_%.bc \
$B/gen/bpf/pipe.bc $B/gen/bpf/proc_%.bc $B/gen/bpf/uring.bc: BPF_DEBUG := -g
BPF_ARCH := $(subst x86_64,x86,$(subst aarch64,arm64,$(shell uname -m)))
# What C for BPF that a script imports is compiled with.
$(call obj,cli/clang.c): CFLAGS += -DLLVM_MAJOR=$(firstword $(subst ., ,$(shell $(LLVM_CONFIG) --version))) \
	-DMULTIARCH='"$(shell $(CC) -print-multiarch)"' -DBPF_ARCH='"$(BPF_ARCH)"'
HELPER_BC := $(HELPERS:bpf-helpers/%.bpf.c=$B/gen/bpf/%.bc)
$B/gen/helpers.S: $(HELPER_BC) Makefile
	@{ for f in $(HELPER_BC); do n=$$(basename $$f .bc); \
	     printf '.section .rodata\n.balign 8\nb_%s: .incbin "%s"\ne_%s:\nn_%s: .asciz "%s"\n' $$n $$f $$n $$n $$n; done; \
	   printf '.section .data.rel.ro,"aw"\n.balign 8\n.globl helper_bitcode\nhelper_bitcode:\n'; \
	   for f in $(HELPER_BC); do n=$$(basename $$f .bc); printf '.quad n_%s, b_%s, e_%s\n' $$n $$n $$n; done; \
	   printf '.quad 0, 0, 0\n.section .note.GNU-stack,"",@progbits\n'; } >$@
$B/gen/helpers.o: $B/gen/helpers.S
	$(call say,AS)
	$(Q)$(CC) -c -o $@ $<

# A floor may only include what lies below it.
check-seams:
	@sh tests/seams.sh

-include $(shell find $B -name '*.d' 2>/dev/null)

# Tests. Each suite ends with a line "N passed, N failed[, N skipped]"; tests/all.sh adds them up.
UNITS := $(patsubst %.c,$B/%,$(wildcard tests/unit/test_*.c))
TOOLS := $(UNITS) $(addprefix $B/tests/,stage headers globs replay/replay)
ARCHIVES := $B/libcompiler.a $B/liblang.a $B/libruntime.a $B/libimage.a
$(TOOLS): $(SANITIZERS)
$B/tests/unit/test_cli_front: $B/cli/front_serve.o
$B/tests/unit/%: $B/tests/unit/%.o $(ARCHIVES)
	$(CC) $(LDFLAGS) -static-libgcc -o $@ $^ -lcmocka $(LLVM_LIBS) $(call STATIC,-lmd) $(RUNTIME_LIBS)
$B/tests/stage: $B/tests/stage.o $B/tests/stage_compile.o $(ARCHIVES)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -static-libgcc -o $@ $^ $(LLVM_LIBS) $(call STATIC,-lmd) $(RUNTIME_LIBS)
$B/tests/headers: $B/tests/headers.o $B/cli/include_file.o $B/cli/import_file.o $B/liblang.a $B/libruntime.a $B/libimage.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^
$B/tests/globs: $B/tests/globs.o $B/liblang.a $B/libimage.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^
$B/tests/replay/replay: $(patsubst %.c,$B/%.o,$(wildcard tests/replay/*.c)) $B/libruntime.a $B/libimage.a
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(RUNTIME_LIBS)

$B/tests/fuzz/fuzz: $(addprefix $B/tests/fuzz/fuzz,.o _format.o _image.o _rpc.o) $(filter-out $B/duetrace.o,$(CLI_O)) $(ARCHIVES)
	$(call say,LINK)
	$(Q)$(CC) $(LDFLAGS) -static-libgcc -o $@ $^ $(LLVM_LIBS) $(call STATIC,-lmd) $(RUNTIME_LIBS)

# What the pages have from tables of the source.
docs:
	@python3 docs/generate.py
# What is installed beside the programs: manual pages, completions, syntax for editors.
SHARE := build/share
share:
	@python3 docs/generate.py --share $(SHARE)
PREFIX  ?= /usr/local
DESTDIR ?=
install: all share
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' sh packaging/install.sh install $(SHARE)
uninstall: share
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' sh packaging/install.sh uninstall $(SHARE)
deb: all share
	@sh packaging/deb.sh $(VERSION) $(SHARE)
.PHONY: deb docs share install uninstall check-tools sanitize-tools fuzz fuzz-tool
include tests/tools/editors.mk
check-tools: all $(TOOLS)
# Beside ./duetrace, which stays what it is.
sanitize-tools: $B/duetrace $B/duetrace-run $(TOOLS)

deps:
	@./deps.sh
# The compilers may only come with deps, so what needs them is a make of its own after it.
test: deps
	@$(MAKE) --no-print-directory check-tools
	@$(MAKE) --no-print-directory SANITIZE=1 fuzz-tool
	@B=$B sh tests/all.sh
# Damaged scripts, under the sanitizers: make fuzz SECONDS=1440cpu SEED=7
SECONDS ?= 600
SEED    ?= 1
fuzz-tool: $B/tests/fuzz/fuzz
fuzz: deps
	@$(MAKE) --no-print-directory SANITIZE=1 fuzz-tool
	@sh tests/fuzz/run.sh $(SECONDS) $(SEED)
# The proofs of the library of scripts, many times, and as often beside a compile loop. REPEAT=20
.PHONY: test-scripts
test-scripts: all
	@python3 tests/run.py --suite scripts --repeat $(or $(REPEAT),20)
	@python3 tests/run.py --suite scripts --repeat $(or $(REPEAT),20) --noise
# All suites with programs that are built with ASan and UBSan: an hour.
.PHONY: test-sanitize
test-sanitize: deps
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory SANITIZE=1 sanitize-tools
	@sh tests/all.sh sanitized
# What looks at the source without running it.
.PHONY: analyse
analyse: deps
	@$(MAKE) --no-print-directory all
	@sh tests/analyse.sh
# Loads, faults and hostile input, as often and as long as docs/trust.md says.
.PHONY: test-trust
test-trust: deps
	@$(MAKE) --no-print-directory all
	@$(MAKE) --no-print-directory check-tools
	@python3 tests/replay/run.py --valgrind
	@python3 tests/run.py --suite fault --full -v
# Other kernels, in a virtual machine: make test-vm KERNEL=6.1
KERNEL ?= 6.1
test-vm: deps
	@$(MAKE) --no-print-directory all
	@python3 tests/vm/run.py $(KERNEL)
demo: deps
	@$(MAKE) --no-print-directory all
	@sh demo/run.sh
bench: deps
	@$(MAKE) --no-print-directory all
	@python3 bench/run.py --svg build/costs.svg

format:
	clang-format -i $$(git ls-files '*.c' '*.h' | grep -v '\.bpf\.c$$')
clean:
	rm -rf build duetrace duetrace-run
