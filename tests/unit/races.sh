#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which reports of a KCSAN kernel fail a run: those of races/ours, where functions
# called faultq_plant_*() had races planted in them, and none of races/others, which
# are counted. They are as the kernel gave them, but mixed_*: these have a line of
# another in them, or no end.
. "$(dirname "$0")/../vm/env.sh"

list=$(mktemp)
trap 'rm -f "$list"' EXIT
logs=("$top"/tests/unit/races/*/*.log)
nr=0 status=0
echo "1..${#logs[@]}"
for log in "${logs[@]}"; do
	name=${log#*/unit/races/}
	kept=$(awk -v list="$list" -f "$vm/races.awk" "$log" 2>/dev/null)
	counted=$(awk '{ sum += $1 } END { print sum + 0 }' "$list")
	reports=$(grep -c 'BUG: KCSAN' <<<"$kept") || true
	whose=ours
	! said=$(awk -f "$vm/splats.awk" <<<"$kept") || whose=others
	if [ "$whose" = "${name%/*}" ] && [ $((counted + reports)) = 1 ]; then
		echo "ok $((++nr)) $name"
	else
		echo "not ok $((++nr)) $name"
		printf '%s\n' "# $whose, $counted counted" "$said"
		status=1
	fi
done
exit $status
