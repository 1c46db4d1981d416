#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Where there is nothing to build modules for, all else is built, and what is not
# is said; and what cannot do without them fails, having done nothing.
. "$(dirname "$0")/../vm/env.sh"
set +e
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
number=0 failed=0
echo TAP version 13
echo 1..10

sources()
{
	mkdir -p "$1"
	tar -C "$top" --exclude=./.git --exclude=./build --exclude='*.o' -c . |
		tar -C "$1" -x
}

result()
{
	local status=$?
	number=$((number + 1))
	[ $status = 0 ] && echo "ok $number $1" && return
	echo "not ok $number $1"
	echo "# ${said//$'\n'/$'\n'# }"
	failed=1
}

# build ARGUMENT...: make, on a machine whose kernel has no headers here
build()
{
	said=$(make -s -C "$copy" -j"$(nproc)" KREL=6.1.0-none "$@" 2>&1)
}

copy=$dir/plain
sources "$copy"
build
result make
[[ $said == *"install linux-headers-6.1.0-none"*"built all but the modules" ]]
result make-says-what-is-missing
"$copy/build/bin/faultq" --help >/dev/null && [ -x "$copy/build/examples/pager" ] &&
	[ -e "$copy/build/lib/libfaultq.a" ]
result user-space
build clean
! build KDIR="$dir/nothing" && [[ $said == *"no kernel build tree in $dir/nothing"* ]]
result make-KDIR
! build modules && [[ $said == *"install linux-headers-6.1.0-none"* ]]
result make-modules
! build install DESTDIR="$dir/root" &&
	[[ $said == *"install linux-headers-6.1.0-none"*"make lib_install tools_install"* ]]
result make-install
[ ! -e "$dir/root" ]
result make-install-does-nothing
build lib_install tools_install DESTDIR="$dir/root" &&
	[ -x "$dir/root/usr/local/bin/faultq" ]
result make-lib_install-tools_install

copy="$dir/with a blank"
sources "$copy"
build
[[ $said == *"kbuild fails in \"$copy\""*"built all but the modules" ]] &&
	"$copy/build/bin/faultq" --help >/dev/null
result blank
! build modules && [ "$(grep -c "kbuild fails in" <<<"$said")" = 1 ]
result blank-modules
exit $failed
