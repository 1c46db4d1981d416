#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
# Debian's stress-ng against all that we have in /dev, /sys and debugfs, while
# faults are served and events come. It walks whole directories, so it gets a root
# of its own with nothing else to be found in it. Its /dev/zero and /dev/null,
# which many stressors open, copy, pass on and close, are ours as well.
#
# "faultq.fuzz=SECONDS:SEED" on the kernel's command line says how long.

root=/stress-ng/root
requests=platform/mock-iommu0-ep0
stalls=platform/mock-iommu1-ep1
fails=platform/mock-iommu1-ep0
iova=0x10000000
count=0

seconds=$(sed -n 's/.*faultq\.fuzz=\([0-9]*\).*/\1/p' /proc/cmdline)
seconds=${seconds:-10}

# verdict STATUS NAME
verdict()
{
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count stress_ng.$2"
	else
		echo "not ok $count stress_ng.$2"
	fi
}

bind_file()
{
	: >"$root/$2" && mount -o bind "$1" "$root/$2"
}

bind_dir()
{
	mkdir -p "$root/sys/$2" && mount -o bind "$1" "$root/sys/$2"
}

# Root's stress-ng does not look below /sys/kernel/debug.
furnish()
{
	ln -s usr/lib64 $root/lib64
	mkdir -p $root/dev $root/proc $root/tmp
	bind_file /dev/faultq dev/faultq
	bind_file /dev/mock_iommu dev/mock_iommu
	bind_file /dev/faultq dev/zero
	bind_file /dev/mock_iommu dev/null
	for module in faultq mock_iommu; do
		bind_dir /sys/kernel/debug/$module debug_$module
		bind_dir /sys/devices/virtual/misc/$module misc_$module
		bind_dir /sys/module/$module module_$module
	done
	for device in /sys/devices/platform/mock-iommu*; do
		bind_dir "$device" "${device##*/}"
	done
	mount -t proc proc $root/proc
}

# served ENDPOINT: a pager, and DMA after DMA
served()
{
	while [ -e busy ]; do
		faultq serve --region $iova:16M: "$1" sh -c "
			while [ -e busy ] &&
			faultq dma write $1 $iova page; do
				echo >>dmas
			done"
	done >/dev/null 2>&1
}

raise()
{
	while [ -e busy ]; do
		faultq inject event $fails F_TRANSLATION 0x1000
	done >/dev/null 2>&1
}

# more_users MODULE: has it more than it had at rest? Who has a file open is one.
more_users()
{
	read -r users <"/sys/module/$1/refcnt"
	read -r idle <"$1.idle"
	[ "$users" -gt "$idle" ] && echo "$users" >"$1.users"
}

# At first stress-ng is alone with us, so all these are its files.
await_users()
{
	for module in faultq mock_iommu; do
		until more_users $module || [ ! -e busy ]; do
			usleep 5000
		done
	done
}

load()
{
	await_users
	dd if=/dev/urandom of=page bs=4096 count=16 2>/dev/null
	served $requests &
	served $stalls &
	raise &
	faultq monitor --type event $fails >events 2>/dev/null & monitor=$!
	while [ -e busy ]; do
		usleep 100000
	done
	kill -TERM $monitor
	wait
}

# stress SAID STRESSOR...
stress()
{
	said=$1
	shift
	chroot $root /usr/bin/stress-ng --temp-path /tmp --timeout "$seconds" \
		--metrics --verbose "$@" >"$said" 2>&1
	result=$?
	grep -v debug: "$said" | sed 's/^/# /'
	return $result
}

# Whatever could not begin, it takes for a success.
went_well()
{
	[ "$1" = 0 ] && grep -q 'skipped: 0$' "$2" && grep -q 'failed: 0$' "$2"
}

nothing_left()
{
	late=$(($(stat -c %s "$FAULTQ_CLOCK") + 10))
	until read -r live </sys/kernel/debug/faultq/live && [ "$live" = 0 ]; do
		if [ "$(stat -c %s "$FAULTQ_CLOCK")" -ge $late ]; then
			echo "# $live objects live after 10 s"
			return 1
		fi
		sleep 1
	done
}

for module in faultq mock_iommu; do
	cat /sys/module/$module/refcnt >$module.idle
done
furnish
: >busy
: >dmas
: >events
load & load=$!
stress second --dev 1 --dev-file /dev/mock_iommu --fd-race 1 --sysfs 1 &
second=$!
stress first --dev 1 --dev-file /dev/faultq --fd-race 1 --fd-race-dev \
	--fd-fork 1 --fd-fork-fds 1000 --dup 1 --sockfd 1 --open 1 --close 1 \
	--fd-abuse 1 --procfs 1
went_well $? first
verdict $? runs
wait $second
went_well $? second
verdict $? runs_beside_itself
rm busy
wait $load

echo "# users of both modules: at rest $(cat ./*.idle | xargs), by stress-ng $(cat ./*.users | xargs)"
[ -s faultq.users ] && grep -q 'dev: 1 of 1 devices opened' first
verdict $? opens_faultq
[ -s mock_iommu.users ] && grep -q 'dev: 1 of 1 devices opened' second
verdict $? opens_the_mock
files=$(sed -n 's/.*skipped .* out of \([0-9]*\) sysfs files.*/\1/p' second)
echo "# $files files read"
[ "${files:-0}" -gt 0 ]
verdict $? reads_sysfs_and_debugfs

echo "# meanwhile $(wc -l <dmas) DMAs, $(wc -l <events) events shown"
[ -s dmas ] && [ -s events ]
verdict $? faults_are_served_meanwhile
nothing_left
verdict $? nothing_is_left
echo "1..$count"
