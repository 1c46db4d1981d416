# SPDX-License-Identifier: GPL-2.0-only
#
# What litmus tests claim to model, in the same words as sites.awk: a line
# "G: faultq_ring_flush(), lib/ring.c" of the text, if the code has a barrier
# of that letter.

BEGIN {
	kinds["smp_load_acquire"] = "load_acquire"
	kinds["smp_store_release"] = "store_release"
	kinds["smp_mb"] = "full_barrier"
	kinds["smp_rmb"] = "read_barrier"
	kinds["smp_wmb"] = "write_barrier"
}

FNR == 1 { claimed = 0 }
/^ \* [A-Z]: / {
	letter[++claimed] = substr($2, 1, 1)
	site[claimed] = substr($0, 7)
}

/\/\* [A-Z] \*\/$/ {
	for (kind in kinds)
		if (index($0, kind "("))
			for (i = 1; i <= claimed; i++)
				if (letter[i] == $(NF - 1))
					print letter[i], kinds[kind], site[i]
}
