#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What "make shell" is given in place of a terminal is run in the VM from its first
# character to its last.
. "$(dirname "$0")/../vm/env.sh"
set +e
number=0 failed=0
echo TAP version 13
echo 1..4

result()
{
	local status=$?
	number=$((number + 1))
	[ $status = 0 ] && echo "ok $number $1" && return
	echo "not ok $number $1"
	echo "# ${said//$'\n'/$'\n'# }"
	failed=1
}

# characters that mean something to a terminal and to QEMU's
odd=$'\001\004'
said=$("$vm/shell" lts <<SCRIPT
echo first
# Others than root must find their way.
stat -c %a /
faultq list | grep -c mock-iommu0-ep0
echo odd: $odd
exit 7
SCRIPT
)
[ $? = 7 ]
result status
# The serial port begins with an empty line.
said=${said#"${said%%[![:space:]]*}"}
[ "$(head -n 1 <<<"$said")" = first ]
result from_the_beginning
[ "$(sed -n 2p <<<"$said")" = 755 ]
result root_directory
[ "$(sed -n 3p <<<"$said")" = 1 ] && [[ $said == *$'\n'"odd: $odd" ]]
result to_the_end
exit $failed
