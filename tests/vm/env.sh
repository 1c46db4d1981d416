# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by every script of the VM rig: where things are, and how to complain.
# A script prints its result, a path, on stdout; all that is told to people
# goes to stderr.
#
# shellcheck disable=SC2034 # some are only for those that source this

set -euo pipefail
export LC_ALL=C
# What a make was told that runs us is not meant for those that we run.
unset MAKEFLAGS MFLAGS MAKELEVEL

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
vm=$top/tests/vm
cache=${FAULTQ_CACHE:-${XDG_CACHE_HOME:-~/.cache}/faultq}

# The series of the long-term kernel, and the Debian whose backports have newer ones
lts=6.12
stable=trixie
instrumented="debug race gcov hardened"
# The Debian that this system is, and the one whose long-term kernel it can build for
# shellcheck source=/dev/null
host_suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
case $host_suite in
bookworm | trixie)
	lts_suite=$host_suite
	;;
*)
	lts_suite=$stable
	;;
esac
# The clang to build a kernel with: KCFI wants 16 or newer.
case $host_suite in
bookworm)
	llvm=16
	;;
*)
	llvm=19
	;;
esac
export top vm cache

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
	hardened)
		export MEM=${MEM:-1024} SLOWDOWN=${SLOWDOWN:-2}
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

# see_suite SUITE [anew]: sets "apt" to the options that let apt see a Debian.
see_suite()
{
	local options
	options=$("$vm/archive" "$@") || return
	mapfile -t apt <<<"$options"
}

# offered SUITE: the releases of the kernels that a Debian's archive offers
offered()
{
	local apt
	see_suite "$1" || return
	apt-cache "${apt[@]}" pkgnames linux-headers- |
		sed -n 's/^linux-headers-\([0-9][0-9.]*\(+[a-z0-9]*\)\?-amd64\)$/\1/p'
}

# cached SUITE: the releases of a Debian's kernels that are in the cache
cached()
{
	local release
	{ cat "$cache"/kernel/*/release 2>/dev/null || true; } | while read -r release; do
		[ "$(suite_of "$release")" != "$1" ] || echo "$release"
	done
}

# Of each release on stdin the series
series_of()
{
	sed 's/^\([0-9]*\.[0-9]*\).*/\1/'
}

# suite_of RELEASE: the Debian whose compiler built a kernel
suite_of()
{
	case $1 in
	*-faultq-*)
		echo "$host_suite"
		;;
	*+deb12*)
		echo bookworm
		;;
	*+deb13*)
		echo trixie
		;;
	*)
		echo sid
		;;
	esac
}

# builds_here RELEASE: the modules for that kernel are built by this system's
# compiler, and not in a chroot.
builds_here()
{
	[ "$(suite_of "$1")" = "$host_suite" ]
}

candidate()
{
	local package=$1
	shift
	apt-cache "$@" policy "$package" 2>/dev/null |
		sed -n 's/^  Candidate: //p' | grep -vx '(none)'
}
