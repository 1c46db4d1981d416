#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What programs say, and what tests/report.awk counts: whoever tested less than he
# was to, or nothing, has failed.
. "$(dirname "$0")/../vm/env.sh"

nr=0 status=0

# counts NAME "PASSED FAILED SKIPPED" LINE...
counts()
{
	local name=$1 expected=$2 counted
	shift 2
	counted=$(printf '%s\n' "$@" '@@ over' |
		awk -v where=6.12 -v skips="$top/tests/skips" -v failures=/dev/null \
			-v tally=/dev/stdout -f "$top/tests/report.awk" | tail -n 1)
	if [ "$counted" = "$expected" ]; then
		echo "ok $((++nr)) $name"
	else
		echo "not ok $((++nr)) $name"
		echo "# $counted"
		status=1
	fi
}

one=('@@ program one' 1..1 'ok 1 one' '@@ end one 0')
lockdep="many.lock_is_let_go # SKIP no lockdep"

echo 1..19
counts all "1 0 0" "${one[@]}" '@@ finished'
counts status_alone "1 0 0" '@@ program p' '@@ end p 0' '@@ finished'
counts bad_status "0 1 0" '@@ program p' '@@ end p 1' '@@ finished'
counts late "1 1 0" '@@ program p' 1..1 'ok 1 a' '@@ late' '@@ end p 137' \
	'@@ finished'
counts listed_skip "0 0 1" '@@ program handover' 1..1 "ok 1 $lockdep" \
	'@@ end handover 0' '@@ finished'
counts unlisted_skip "0 1 0" '@@ program p' 1..1 "ok 1 $lockdep" '@@ end p 0' \
	'@@ finished'
counts skip_of_all "0 1 0" '@@ program p' '1..0 # SKIP not here' '@@ end p 4' \
	'@@ finished'
counts skip_in_silence "0 1 0" '@@ program p' '@@ end p 4' '@@ finished'
counts no_tests "0 1 0" '@@ program p' 1..0 '@@ end p 0' '@@ finished'
counts fewer_than_planned "1 1 0" '@@ program p' 1..2 'ok 1 a' '@@ end p 0' \
	'@@ finished'
counts more_than_planned "2 1 0" '@@ program p' 1..1 'ok 1 a' 'ok 2 b' \
	'@@ end p 0' '@@ finished'
counts left_before_its_plan "1 1 0" '@@ program p' 'ok 1 a' '@@ end p 0' \
	'@@ finished'
counts died_in_a_program "1 1 0" '@@ boot 6.12' '@@ program p' 1..1 'ok 1 a'
counts died_between_programs "1 1 0" '@@ boot 6.12' "${one[@]}"
counts died_again "2 0 0" '@@ boot 6.12' "${one[@]}" '@@ program p' 1..2 'ok 1 a' \
	'@@ again' '@@ program p' 1..1 'ok 1 a' '@@ end p 0' '@@ finished'
counts nothing_begun "0 1 0"
counts nothing_ran "0 1 0" '@@ boot 6.12' '@@ finished'
counts all_expected "1 0 0" '@@ expect one' "${one[@]}" '@@ finished'
counts not_all_expected "1 1 0" '@@ expect one two' "${one[@]}" '@@ finished'
exit $status
