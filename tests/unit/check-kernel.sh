#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A kernel that the modules cannot be built for is refused in one sentence that
# says what to install.
cd "$(dirname "$0")/../.." || exit
trees=$(mktemp -d)
trap 'rm -rf "$trees"' EXIT
number=0
failed=0

tree()
{
	mkdir -p "$trees/$1/include/config"
	touch "$trees/$1/Makefile"
	echo "$2" >"$trees/$1/include/config/kernel.release"
	echo "$3" >"$trees/$1/include/config/auto.conf"
}

# refused NAME KDIR WORDS
refused()
{
	local said verdict=ok
	number=$((number + 1))
	if said=$(sh compat/check-kernel "$2" 2>&1) ||
	   [ "$(echo "$said" | wc -l)" != 1 ] ||
	   [[ $said != *install*$3* ]]; then
		verdict="not ok"
		failed=1
		echo "# $said"
	fi
	echo "$verdict $number $1"
}

tree old 6.1.0-40-amd64 CONFIG_IOMMU_IOPF=y
tree almost 6.11.10+bpo-amd64 CONFIG_IOMMU_IOPF=y
tree without 6.12.9-arm64 'CONFIG_IOMMU_SVA=y'
tree good 6.12.0-rc1 CONFIG_IOMMU_IOPF=y
tree newer 10.1.2+deb19-amd64 CONFIG_IOMMU_IOPF=y
mkdir "$trees/unbuilt"
touch "$trees/unbuilt/Makefile"

echo TAP version 13
echo 1..7
refused no-headers /lib/modules/5.4.3-none/build linux-headers-5.4.3-none
refused no-tree "$trees/nothing" linux-headers
refused unbuilt "$trees/unbuilt" linux-headers
refused old "$trees/old" linux-headers
refused almost "$trees/almost" linux-headers
refused without-iopf "$trees/without" linux-headers
if sh compat/check-kernel "$trees/good" && sh compat/check-kernel "$trees/newer"
then
	echo "ok 7 good"
else
	echo "not ok 7 good"
	failed=1
fi
exit $failed
