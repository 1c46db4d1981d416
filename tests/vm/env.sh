# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by every script of the VM rig: where things are, and how to complain.
# A script prints its result, a path, on stdout; all that is told to people
# goes to stderr.

set -euo pipefail
export LC_ALL=C
# What a make was told that runs us is not meant for those that we run.
unset MAKEFLAGS MFLAGS MAKELEVEL

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
vm=$top/tests/vm
cache=${FAULTQ_CACHE:-${XDG_CACHE_HOME:-~/.cache}/faultq}
kernels="6.12 7.2"
instrumented="debug race gcov"
export top vm cache kernels instrumented

say()
{
	echo "faultq: $*" >&2
}

die()
{
	say "$*"
	exit 1
}

is_root()
{
	[ "$(id -u)" = 0 ]
}

# tune KERNEL: what a VM with that kernel takes, for those that boot it. SLOWDOWN
# says how many times longer than with Debian's kernels a test may need.
tune()
{
	case $1 in
	debug)
		export MEM=${MEM:-3072} SLOWDOWN=${SLOWDOWN:-6}
		# The first report counts. Some checkers give up after it.
		FAULTQ_VM_APPEND="panic_on_warn=1 kasan.fault=panic ${FAULTQ_VM_APPEND:-}"
		;;
	race)
		export MEM=${MEM:-1536} SLOWDOWN=${SLOWDOWN:-6}
		# What is given by hand comes first, and so is what counts.
		FAULTQ_VM_APPEND+=" faultq.soak=60:0 faultq.fuzz=60:0"
		;;
	esac
	export FAULTQ_VM_APPEND
}

# fill DIR COMMAND...: has COMMAND make the cache entry DIR, unless it is there.
# COMMAND gets a scratch directory as its last argument, which becomes DIR only
# when all went well. The lock lets several checkouts share a cache.
fill()
{
	local dir=$1 scratch
	shift
	[ -e "$dir" ] && return
	mkdir -p "$(dirname "$dir")"
	(
		flock 9
		[ -e "$dir" ] && exit
		scratch=$dir.partial
		rm -rf "$scratch"
		mkdir "$scratch"
		"$@" "$scratch" || exit
		mv "$scratch" "$dir"
	) 9>"$dir.lock"
}

# recipe: names a cache entry after the script that makes it, for what an earlier
# one made may be something else.
recipe()
{
	sha256sum "$0" | cut -c 1-12
}

# unpack_debs DIR [APT-OPTION...] -- PACKAGE...: fetches packages and unpacks
# them below DIR, without installing anything.
unpack_debs()
{
	local dir=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	(
		debs=$(mktemp -d) || exit
		trap 'rm -rf "$debs"' EXIT
		(cd "$debs" && apt-get "${options[@]}" -q \
			-oAPT::Sandbox::User=root download "$@") >&2 || exit
		for deb in "$debs"/*.deb; do
			dpkg-deb -x "$deb" "$dir" || exit
		done
	)
}

# depends_on PACKAGE PATTERN [APT-OPTION...]: the dependency that fits PATTERN.
depends_on()
{
	local package=$1 pattern=$2
	shift 2
	apt-cache "$@" depends "$package" 2>/dev/null |
		sed -n "s/.*Depends: \($pattern\)\$/\1/p" | head -n 1
}

candidate()
{
	local package=$1
	shift
	apt-cache "$@" policy "$package" 2>/dev/null |
		sed -n 's/^  Candidate: //p' | grep -vx '(none)'
}
