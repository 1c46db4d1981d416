#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What fuzzers of tests/fuzz found, and what led them there, played back.
. "$(dirname "$0")/../vm/env.sh"

fuzz=$top/tests/fuzz
make -s -C "$fuzz" WERROR=-Werror replays || exit 1
nr=0 status=0
echo "1..$(find "$fuzz/corpus" -mindepth 1 -maxdepth 1 -type d | wc -l)"
for corpus in "$fuzz"/corpus/*/; do
	name=$(basename "$corpus")
	nr=$((nr + 1))
	if said=$("$top/build/fuzz/replay-$name" "$corpus" 2>&1); then
		echo "ok $nr $name"
	else
		echo "not ok $nr $name"
		tail -n 40 <<<"$said"
		status=1
	fi
done
exit $status
