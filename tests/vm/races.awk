# SPDX-License-Identifier: GPL-2.0-only
#
# Reads the log of a KCSAN kernel and prints it without the reports that name no
# function of our modules: those are the kernel's own business. They go to the file
# "list", by how often each was seen, and their number to stderr, with that of the
# accesses that were watched. Lines of others may stand between those of a report.

# What an interrupt did is not the doing of whom it interrupted. Nor is the reading
# of a clock, from a copy that may be written meanwhile and then is not used: KCSAN
# does not know of latches (linux/seqlock.h) before Linux 6.13. Nor is the search for
# memory: nothing of ours is handed to those who search; nor what someone asleep has
# done when he is woken, and his look at whether his timer woke him; nor the look at
# a table of the kernel's own addresses, which someone next to them may be adding.
function ours(line)
{
	if (line ~ / to 0x[0-9a-f]+ of /)
		theirs = 0
	if (line ~ / asm_(sysvec|exc|common)_|^ ktime_get_mono_fast_ns\+/ ||
	    line ~ /^ (__alloc_pages_noprof|try_charge_memcg|pollwake)\+/ ||
	    line ~ /^ (schedule_hrtimeout_range_clock|__vmap_pages_range_noflush)\+/)
		theirs = 1
	return !theirs && line ~ /\[(faultq|mock_iommu)\]/
}

function of_report(line)
{
	return line ~ /^(=+|  \|)?$|^BUG: KCSAN: |^value changed: | bits changed: / ||
	       line ~ / to 0x[0-9a-f]+ of [0-9]+ bytes by |^  \+-> reordered to: / ||
	       line ~ /^ .*\+0x[0-9a-f]+\/0x|^race at unknown origin/ ||
	       line ~ /^(Reported by Kernel Conc|CPU: |Tainted: |Hardware name: )/
}

function settle(    i)
{
	if (mine)
		for (i = 1; i <= lines; i++)
			print report[i]
	else
		seen[title]++
	inside = mine = lines = 0
}

{
	sub(/\r$/, "")
	text = $0
	sub(/^\[ *[0-9.]+\](\[ *[TC][0-9]+\])? /, "", text)
}

text ~ /faultq-vm: watched / { watched += $NF }

text ~ /^BUG: KCSAN: / {
	inside = 1
	title = text
}

!inside || !of_report(text) { print; next }

{
	report[++lines] = $0
	mine = mine || ours(text)
	if (text ~ /^=+$/)
		settle()
}

END {
	if (inside)
		settle()
	printf "" >list
	for (title in seen) {
		number += seen[title]
		kinds++
		printf "%6d %s\n", seen[title], title >list
	}
	printf "faultq: %d accesses watched, %d data races of the kernel's own, of %d kinds: %s\n",
	       watched, number, kinds, list >"/dev/stderr"
}
