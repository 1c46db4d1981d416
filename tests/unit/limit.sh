#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What "limit" ends, and what it does not, however busy the machine is.
. "$(dirname "$0")/../vm/env.sh"
set +e
number=0 failed=0
echo TAP version 13
echo 1..7

result()
{
	local status=$?
	number=$((number + 1))
	[ $status = 0 ] && echo "ok $number $1" && return
	echo "not ok $number $1"
	failed=1
}

# ends STATUS SECONDS COMMAND...
ends()
{
	local status
	"$vm/limit" "${@:2}" </dev/null
	status=$?
	[ $status = "$1" ] && return
	echo "# status $status"
	return 1
}

# Killed by its own limit of 1 s of processor time
burn='ulimit -S -t 1; while :; do :; done'

ends 3 30 sh -c 'exit 3'
result status
ends 124 2 sleep 1000
result sleeps
ends 124 2 sh -c 'while :; do :; done'
result runs
ends 124 2 setsid --wait sh -c 'sleep 1000; echo'
result session_of_its_own
# shellcheck disable=SC2016 # the inner shell expands
ends 0 60 sh -c 'while [ "$(stat -c %s "$FAULTQ_CLOCK")" -lt 2 ]; do sleep 1; done'
result clock_is_told

# With so many others, what it burns takes longer than its limit.
spinners=()
for ((i = 0; i < 4 * $(nproc); i++)); do
	while :; do :; done &
	spinners+=($!)
done
SECONDS=0
ends 152 3 bash -c "$burn"
result waits_for_a_processor
echo "# 1 s in $SECONDS s"
kill "${spinners[@]}"
wait 2>/dev/null

# The clone that holds a lock is at work.
lock=$(mktemp)
flock "$lock" sleep 5 &
until ! flock -n "$lock" true; do :; done
ends 0 2 flock "$lock" true
result waits_for_another_clone
wait
rm "$lock"
exit $failed
