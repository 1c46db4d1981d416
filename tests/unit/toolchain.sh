#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The modules are built by the compiler and the linker of the kernel, if they are
# there under any of their names, and by those that the user names.
cd "$(dirname "$0")/../.." || exit
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset CC LD LLVM
number=0 failed=0
echo TAP version 13
echo 1..13

# tree NAME LINE...: a kernel tree with that configuration
tree()
{
	mkdir -p "$dir/$1/include/config"
	: >"$dir/$1/Makefile"
	echo 6.12.9 >"$dir/$1/include/config/kernel.release"
	printf '%s\n' CONFIG_IOMMU_IOPF=y "${@:2}" >"$dir/$1/include/config/auto.conf"
}

# tools NAME...: what is installed; that gcc is version 12
tools()
{
	local tool
	rm -rf "${dir:?}/bin"
	mkdir "$dir/bin"
	for tool in sh sed grep dirname sort head cat echo "$@"; do
		ln -s "$(PATH=/usr/bin:/bin type -P "$tool" || echo /bin/true)" \
			"$dir/bin/$tool"
	done
	[[ " $* " != *" gcc "* ]] || {
		rm "$dir/bin/gcc"
		printf '%s\n' '#!/bin/sh' 'echo 12' >"$dir/bin/gcc"
		chmod +x "$dir/bin/gcc"
	}
}

result()
{
	local status=$?
	number=$((number + 1))
	[ $status = 0 ] && echo "ok $number $1" && return
	echo "not ok $number $1"
	echo "# ${said:-}"
	failed=1
}

# picks TREE WORDS
picks()
{
	said=$(PATH=$dir/bin sh compat/toolchain "$dir/$1" 2>&1) && [ "$said" = "$2" ]
}

lld=(CONFIG_CC_IS_CLANG=y CONFIG_CLANG_VERSION=160006 CONFIG_LD_IS_LLD=y)
tree clang "${lld[@]}"
tree clang-ld "${lld[@]:0:2}"
tree gcc CONFIG_CC_IS_GCC=y CONFIG_GCC_VERSION=120200
tree newer-gcc CONFIG_CC_IS_GCC=y CONFIG_GCC_VERSION=140200
tree debian CONFIG_CC_IS_GCC=y CONFIG_GCC_VERSION=140200
: >"$dir/debian/.kernelvariables"

tools gcc gcc-14 clang ld.lld clang-16 ld.lld-16
picks clang LLVM=-16
result same-version
picks clang-ld CC=clang-16
result gnu-linker
picks gcc ""
result gcc
picks newer-gcc CC=gcc-14
result gcc-of-the-kernel
picks debian ""
result debian-selects-its-own

tools gcc clang ld.lld
picks clang LLVM=1
result any-version
picks newer-gcc ""
result no-other-gcc

# check-kernel says what is missing.
tools gcc clang-16
! said=$(PATH=$dir/bin sh compat/check-kernel "$dir/clang" 2>&1) &&
	[ "$(wc -l <<<"$said")" = 1 ] && [[ $said == *install*clang-16*lld-16* ]]
result no-lld
said=$(PATH=$dir/bin sh compat/check-kernel "$dir/clang" given 2>&1)
result given

# What the Makefile passes on to the kernel's
cat >"$dir/clang/Makefile" <<'END'
modules:
	@echo LLVM=$(LLVM) CC=$(CC)
END
tools gcc clang-16 ld.lld-16 make uname
passes()
{
	said=$(PATH=$dir/bin make -s modules KDIR="$dir/clang" "${@:2}" 2>&1)
	[ "$said" = "$1" ]
}
passes "LLVM=-16 CC=cc"
result make
passes "LLVM= CC=clang-17" CC=clang-17
result make-CC
passes "LLVM=-18 CC=cc" LLVM=-18
result make-LLVM

# DKMS adds the names that it knows, which are of no version.
dkms=$(sed -n 's/^MAKE\[0\]="\(.*\)"$/\1/p' dkms.conf)
tools gcc clang-16 ld.lld-16 make uname nproc
said=$(PATH=$dir/bin CC=gcc-14 kernel_source_dir=$dir/clang \
	sh -c "$dkms CC=clang LD=ld.lld" 2>&1)
[[ $said == *"LLVM=-16 CC=cc"* ]]
result dkms
exit $failed
