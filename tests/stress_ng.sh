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

# More files than all that is there beside stress-ng ever has open
many=50

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

# Whoever has a file open refers to the module.
count_users()
{
	most_faultq=0 most_mock=0
	while [ -e busy ]; do
		read -r now </sys/module/faultq/refcnt
		[ "$now" -le "$most_faultq" ] || most_faultq=$now
		read -r now </sys/module/mock_iommu/refcnt
		[ "$now" -le "$most_mock" ] || most_mock=$now
		usleep 10000
	done
	echo "$most_faultq $most_mock" >users
}

start_load()
{
	dd if=/dev/urandom of=page bs=4096 count=16 2>/dev/null
	: >busy
	: >dmas
	served $requests &
	served $stalls &
	raise &
	faultq monitor --type event $fails >events 2>/dev/null & monitor=$!
	count_users &
}

stop_load()
{
	rm busy
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
	for try in 1 2 3 4 5 6 7 8 9 10; do
		read -r live </sys/kernel/debug/faultq/live
		[ "$live" = 0 ] && return
		sleep 1
	done
	echo "# $live objects live after $try s"
	return 1
}

furnish
start_load
stress second --dev 1 --dev-file /dev/mock_iommu --fd-race 1 & second=$!
stress first --dev 1 --dev-file /dev/faultq --fd-race 1 --fd-race-dev \
	--fd-fork 1 --fd-fork-fds 1000 --dup 1 --sockfd 1 --open 1 --close 1 \
	--fd-abuse 1 --sysfs 1 --procfs 1
went_well $? first
verdict $? runs
wait $second
went_well $? second
verdict $? runs_beside_itself
stop_load

read -r users_faultq users_mock <users
echo "# up to $users_faultq users of faultq, $users_mock of mock_iommu"
[ "$users_faultq" -gt $many ]
verdict $? opens_faultq
[ "$users_mock" -gt $many ]
verdict $? opens_the_mock
# It takes its time for each, and takes them all in turn.
files=$(sed -n 's/.*skipped .* out of \([0-9]*\) sysfs files.*/\1/p' first)
[ "${files:-0}" -ge 10 ]
verdict $? reads_sysfs_and_debugfs

echo "# meanwhile $(wc -l <dmas) DMAs, $(wc -l <events) events shown"
[ -s dmas ] && [ -s events ]
verdict $? faults_are_served_meanwhile
nothing_left
verdict $? nothing_is_left
echo "1..$count"
