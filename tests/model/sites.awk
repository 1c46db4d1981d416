# SPDX-License-Identifier: GPL-2.0-only
#
# Where the barriers stand: "G full_barrier faultq_ring_flush(), lib/ring.c" for
# each line that bears the letter of one, of ours or of the kernel.

/^[a-z].*\(/ {
	match($0, /[a-z0-9_]+\(/)
	function_name = substr($0, RSTART, RLENGTH - 1)
}

/\/\* [A-Z] \*\/$/ && match($0, /faultq_(load_acquire|store_release|full_barrier|read_barrier|write_barrier)\(/) {
	print $(NF - 1), substr($0, RSTART + 7, RLENGTH - 8), \
		function_name "(), " substr(FILENAME, length(top) + 2)
}

/\/\* [A-Z] \*\/$/ && /smp_mb\(\)/ {
	print $(NF - 1), "full_barrier", \
		function_name "(), " substr(FILENAME, length(top) + 2)
}
