# SPDX-License-Identifier: GPL-2.0-only
#
# Prints a litmus test without the barriers that its process "process" has for
# the letter "letter": ordered accesses become plain, fences and locks go.

/^P[0-9]+\(/ { now = substr($1, 1, index($1, "(") - 1) }

now == process && index($0, "/* " letter " */") {
	if (/smp_store_release\(/)
		sub(/smp_store_release\(/, "WRITE_ONCE(*")
	else if (/smp_load_acquire\(/)
		sub(/smp_load_acquire\(/, "READ_ONCE(*")
	else
		next
}

{ print }
