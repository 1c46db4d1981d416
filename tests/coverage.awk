# SPDX-License-Identifier: GPL-2.0-only
#
# Reads what gcov -t says of each object, adds it up by source file (a header is
# compiled into many), and prints the lines that ran of those there are. Below
# "root" are the sources, "reasons" is the list of what need not be reached. Exits
# with 1 if less than "enough" percent ran, if a label on an error's way neither
# was reached nor has a reason, or, when "all_ran", if a reason has nothing to
# excuse. "verbose" shows lines that have a reason not to be reached as well.

BEGIN {
	while ((getline line < reasons) > 0) {
		if (line ~ /^#/ || split(line, word) < 3)
			continue
		why = line
		sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]+/, "", why)
		reason[word[1], word[2]] = why
	}
}

/^ *-: +0:Source:/ {
	file = $0
	sub(/^ *-: +0:Source:/, "", file)
	known = index(file, root) == 1
	file = substr(file, length(root) + 1)
	if (known && !(file in last)) {
		files[++nr_files] = file
		last[file] = 0
	}
	next
}

!known { next }

match($0, /^ *[^ :]+: *[0-9]+:/) {
	head = substr($0, 1, RLENGTH)
	split(head, part, ":")
	count = part[1]
	gsub(/ /, "", count)
	at = part[2] + 0
	if (!at)
		next
	text[file, at] = substr($0, RLENGTH + 1)
	if (at > last[file])
		last[file] = at
	if (count == "-")
		next
	code[file, at] = 1
	if (count !~ /^[#=]/)
		ran[file, at] = 1
}

# What is said of a place that was not reached: its reason, if there is one.
function excuse(file, name)
{
	if (!((file, name) in reason))
		return ""
	used[file, name] = 1
	return reason[file, name]
}

function miss(file, i, name, label)
{
	why = excuse(file, name)
	if (!why && label)
		unexcused++
	if (why && !verbose)
		return
	misses[++nr_misses] = file ":" i ": " name ":" label text[file, i] \
			      (why ? " (" why ")" : "")
}

# A function begins at the margin, and so does a label that errors go to.
function judge(file,    i, line, name, label, at)
{
	for (i = 1; i <= last[file]; i++) {
		line = text[file, i]
		if (line ~ /^[A-Za-z_].*[A-Za-z0-9_]\(/ && line !~ /;$/) {
			name = line
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
			label = ""
		} else if (line ~ /^[a-z_][a-z0-9_]*:$/) {
			label = line
			at = file SUBSEP i
		} else if (line ~ /^}/) {
			label = ""
		}
		if (!((file, i) in code))
			continue
		lines[file]++
		if (label)
			labels[at] = 1
		if ((file, i) in ran) {
			reached[file]++
			if (label)
				labels_reached[at] = 1
		} else {
			miss(file, i, name, label)
		}
	}
}

function show(name, some, all)
{
	printf "  %-32s %5d of %5d lines  %5.1f %%\n", name, some, all,
	       all ? 100 * some / all : 100
}

function add(name, file)
{
	all[name] += lines[file]
	some[name] += reached[file]
}

END {
	for (i = 1; i <= nr_files; i++) {
		# Insertion keeps them in order; they are a hundred.
		for (j = i; j > 1 && files[j] < files[j - 1]; j--) {
			swap = files[j]
			files[j] = files[j - 1]
			files[j - 1] = swap
		}
	}
	for (i = 1; i <= nr_files; i++) {
		file = files[i]
		judge(file)
		if (!lines[file])
			continue
		show(file, reached[file], lines[file])
		module = file
		sub(/\/.*/, "/", module)
		add(module, file)
		add("all", file)
	}
	print ""
	for (module in all)
		if (module != "all")
			show(module, some[module], all[module])
	show("all", some["all"], all["all"])
	for (at in labels) {
		nr_labels++
		nr_labels_reached += at in labels_reached
	}
	printf "  %-32s %5d of %5d\n", "labels on an error's way",
	       nr_labels_reached, nr_labels
	if (nr_misses)
		print "lines not reached:"
	for (i = 1; i <= nr_misses; i++)
		print "  " misses[i]
	for (place in reason) {
		split(place, word, SUBSEP)
		if (!(place in used) && all_ran) {
			print "  tests/unreached: " word[1] " " word[2] \
			      ": reached by now, or gone"
			stale++
		}
	}
	if (unexcused)
		print "an error's way was not gone, and has no reason"
	if (!all["all"] || 100 * some["all"] < enough * all["all"])
		print "fewer than " enough " % of the lines were reached"
	else if (!unexcused && !stale)
		exit 0
	exit 1
}
