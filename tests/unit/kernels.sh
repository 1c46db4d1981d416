#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which kernels there are to test with, by what the archive offers and, where it
# offers nothing any more, by what the cache has.
. "$(dirname "$0")/../vm/env.sh"
set +e
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export FAULTQ_CACHE=$dir/cache
cache=$FAULTQ_CACHE
export PATH=$dir/bin:$PATH
number=0 failed=0
echo TAP version 13
echo 1..15

result()
{
	local status=$?
	number=$((number + 1))
	[ $status = 0 ] && echo "ok $number $1" && return
	echo "not ok $number $1"
	echo "# $got"
	sed 's/^/# /' "$dir/said"
	failed=1
}

# A mirror that is gone, but for the package names in a file
mkdir -p "$dir/bin"
cat >"$dir/bin/apt-get" <<'STUB'
#!/bin/sh
exit 100
STUB
cat >"$dir/bin/apt-cache" <<STUB
#!/bin/sh
case " \$* " in
*" pkgnames "*)
	cat "$dir/names"
	;;
*" policy "*)
	echo "  Candidate: 1-1"
	;;
esac
STUB
chmod +x "$dir/bin/apt-get" "$dir/bin/apt-cache"

# offer RELEASE...
offer()
{
	rm -f "$cache"/kernel/*.current
	printf 'linux-headers-%s\n' "$@" >"$dir/names"
}

# keep RELEASE: has the cache hold that kernel
keep()
{
	mkdir -p "$cache/kernel/$1"
	echo "$1" >"$cache/kernel/$1/release"
}

# prints WHAT COMMAND...
prints()
{
	got=$("${@:2}" 2>"$dir/said" | xargs) && [ "$got" = "$1" ]
}

# says PATTERN
says()
{
	tr '\n' ' ' <"$dir/said" | grep -q -e "$1"
}

offer amd64 6.12.117+deb13-amd64 6.12.117+deb13-rt-amd64 7.2.12+deb13-amd64 \
	7.10.3+deb13-amd64 7.10.3+deb13-cloud-amd64 7.9.4+deb13-amd64
prints "6.12 7.10" "$vm/kernels"
result default
prints "6.12 7.10 sid 7.2 debug" "$vm/kernels" lts newest sid 7.2 debug
result names
! prints "" "$vm/kernels" 7.3 &&
	says "no such kernel: 7.3 (there are: lts, newest, 6.12 7.2 7.9 7.10, sid, debug"
result unknown
! prints "" "$vm/kernels" 7 && says "no such kernel"
result half_a_name

offer 6.12.117+deb13-amd64
prints "6.12 newest" "$vm/kernels" &&
	says "no kernel newer than 6.12 is to be had"
result no_backports
! prints "" "$vm/fetch-kernel" newest &&
	says "no Linux newest: neither Debian $stable's archive has it nor the cache"
result nothing_newer

keep 7.3.4+deb13-amd64
keep 7.3.12+deb13-amd64
keep 6.12.100+deb12-amd64
keep 7.5.1+deb14-amd64
offer 6.12.117+deb13-amd64
prints "6.12 7.3" "$vm/kernels" &&
	says "taking Linux 7.3 from the cache"
result newest_from_cache
prints 7.3 "$vm/kernels" 7.3
result cached_series
prints "$cache/kernel/7.3.12+deb13-amd64" "$vm/fetch-kernel" 7.3 &&
	says "archive gives no Linux 7.3 at the moment: taking 7.3.12+deb13-amd64 from the cache"
result fetch_from_cache
prints "$cache/kernel/7.3.12+deb13-amd64" "$vm/fetch-kernel" newest
result fetch_newest_from_cache
prints "$cache/kernel/7.5.1+deb14-amd64" "$vm/fetch-kernel" sid
result sid_from_cache

# An offer that cannot be had: the names are those of yesterday.
offer 7.3.13+deb13-amd64 7.3.4+deb13-amd64
prints "$cache/kernel/7.3.12+deb13-amd64" "$vm/fetch-kernel" 7.3
result gone_from_mirror
offer 7.4.1+deb13-amd64
! prints "" "$vm/fetch-kernel" 7.4 &&
	says "no Linux 7.4: neither Debian $stable's archive has it nor the cache"
result nowhere

# Where a kernel is built for
[ "$(suite_of 6.12.117+deb12-amd64) $(suite_of 7.3.4+deb13-amd64)" = "bookworm trixie" ] &&
	[ "$(suite_of 7.2.13+deb14-amd64)" = sid ]
result suites
host_suite=trixie
builds_here 7.3.4+deb13-amd64 && builds_here 6.12.117-faultq-debug &&
	! builds_here 6.12.117+deb12-amd64
result builds_here
exit $failed
