# SPDX-License-Identifier: GPL-2.0-only
#
# Reads a kernel log, prints what no run may leave in it, each with the lines
# around it, and exits with 1 if there was any. The marks of guest-check tell
# which test program was running. Who is killed since a memory cgroup is full was
# put there by a test; the kernel shows where it was, which is no splat. Messages
# that were dropped may have been any of it.

function splat(line)
{
	if (line ~ /Call Trace:/ && full) {
		full = 0
		return 0
	}
	return line ~ /WARNING: |BUG: |BUG |Oops|Kernel panic|cut here/ ||
	       line ~ /general protection fault|Call Trace:|segfault at/ ||
	       line ~ /INFO: task .* blocked|detected stall|soft lockup/ ||
	       line ~ /possible (circular|recursive) locking|suspicious RCU/ ||
	       line ~ /inconsistent lock state|held lock freed/ ||
	       line ~ /refcount_t: |kobject: .*tried|ODEBUG: |UBSAN: |KASAN: / ||
	       line ~ /KCSAN: |kmemleak: [1-9]|unreferenced object/ ||
	       line ~ /list_(add|del) corruption|scheduling while atomic/ ||
	       line ~ /sleeping function called|Objects remaining/ ||
	       line ~ /cannot create duplicate|[Bb]ad (page|rss)/ ||
	       line ~ /printk messages dropped/ ||
	       line ~ /constraint=CONSTRAINT_NONE|Out of memory: / ||
	       line ~ /(faultq|mock_iommu).* leak/
}

{ sub(/\r$/, "") }

/faultq-vm: program / { running = $NF }

/invoked oom-killer: / { full = 1 }

splat($0) {
	found++
	if (after <= 0) {
		print "during " (running ? running : "boot") ":"
		for (i = NR - 3; i < NR; i++)
			if (i > printed && i in recent)
				print "    | " recent[i]
	}
	after = 40
}

after > 0 {
	print "    | " $0
	printed = NR
	after--
}

{
	recent[NR] = $0
	delete recent[NR - 3]
	# The first one matters. Those that follow are often its echo.
	if (found > 3)
		exit
}

END { exit found > 0 }
