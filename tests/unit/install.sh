#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# From a clean copy of the sources, "make install" puts every part in its place,
# and what it put there can be used without the sources.
. "$(dirname "$0")/../vm/env.sh"

kernel=$("$vm/fetch-kernel" lts)
release=$(cat "$kernel/release")
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
root=$copy/root

tar -C "$top" --exclude=./.git --exclude=./build --exclude='*.o' -c . |
	tar -C "$copy" -x
make -s -C "$copy" -j"$(nproc)" KDIR="$kernel/kdir" PREFIX=/usr \
	DESTDIR="$root" install 2>&1

for module in faultq mock_iommu; do
	grep -q "/$module.ko" "$root/lib/modules/$release/modules.dep"
	modinfo -F license "$(find "$root" -name "$module.ko*")" | grep -q GPL
done
"$root/usr/bin/faultq" --help >/dev/null

[ -s "$root/usr/share/man/man1/faultq.1" ]

cat >"$copy/user.c" <<END
#include <libfaultq.h>
#include <linux/faultq.h>
#include <linux/mock_iommu.h>
int main(void) { return 0; }
END
for how in -static ''; do
	gcc $how -I"$root/usr/include" "$copy/user.c" -L"$root/usr/lib" -lfaultq \
		-o "$copy/user"
	LD_LIBRARY_PATH=$root/usr/lib "$copy/user"
done

make -s -C "$copy" clean
find "$copy" -path "$root" -prune -o \( -name '*.o' -o -name '*.ko' -o -name build \) \
	-print | grep . && exit 1
exit 0
