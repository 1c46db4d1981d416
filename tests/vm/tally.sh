# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by whatever runs tests: how results are said, counted and summed up.
# Results flow as text: TAP, or just an exit status, between lines of @@.

# shellcheck source=tests/vm/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/env.sh"

work=$top/build
tallies=$work/tally.$$
places=()
mkdir -p "$tallies"

# Results are to be seen as they come, and mawk waits for more unless told.
awk=(awk)
case $(readlink -f "$(command -v awk)") in
*mawk)
	awk+=(-W interactive)
	;;
esac
trap 'rm -rf "$tallies"' EXIT

# expect NAME...: says which programs there will be; it is a failure if one is not
# heard of.
expect()
{
	echo "@@ expect $*"
}

# step NAME COMMAND...: runs one program and frames what it says.
step()
{
	local name=$1 status=0
	shift
	echo "@@ program $name"
	"$vm/limit" "${limit:-600}" "$@" 2>&1 </dev/null || status=$?
	[ $status = 124 ] && echo "@@ late"
	echo "@@ end $name $status"
}

# report WHERE: judges the results that come in.
report()
{
	"${awk[@]}" -v where="$1" -v skips="$top/tests/skips" -v tally="$tallies/$1" \
		-v failures="$tallies/failures" -v verbose="${V:-}" \
		-f "$top/tests/report.awk"
}

# run WHERE COMMAND...: has COMMAND produce results, and judges them.
run()
{
	local where=$1
	shift
	places+=("$where")
	{
		"$@" && echo "@@ finished"
		echo "@@ over"
	} | report "$where"
}

# The last line of output is the outcome of all that was run.
sum_up()
{
	local passed=0 failed=0 skipped=0 p f s place
	for place in "${places[@]}"; do
		# Who left no tally came to no end.
		p=0 f=1 s=0
		[ -e "$tallies/$place" ] && read -r p f s <"$tallies/$place"
		passed=$((passed + p))
		failed=$((failed + f))
		skipped=$((skipped + s))
	done
	[ ! -e "$tallies/failures" ] || {
		echo "failed:"
		cat "$tallies/failures"
	}
	say "done in $SECONDS s"
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
}
