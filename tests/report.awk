# SPDX-License-Identifier: GPL-2.0-only
#
# Reads what a run of test programs says, TAP between lines that begin with @@,
# and tells people the outcome. Variables: where names the kernel, or "host";
# skips is the file of allowed skips, tally gets "PASSED FAILED SKIPPED" and
# failures a line for each; verbose shows the output of all programs and not of
# failed ones only. What a program says in a line of "# figures: " is shown always.

BEGIN {
	while ((getline line < skips) > 0) {
		if (line ~ /^#/ || split(line, word) < 4)
			continue
		allowed[word[1], word[2], word[3]] = 1
	}
	died = unborn = "nothing ran"
}

function fail(what)
{
	failed++
	worst[++complaints] = what
}

# Debian's own kernels are named by their series.
function may_skip(test)
{
	return (where, program, test) in allowed ||
	       ("any", program, test) in allowed ||
	       where ~ /^([0-9.]+|sid)$/ && ("debian", program, test) in allowed
}

function judge_skip(test, reason)
{
	if (!may_skip(test)) {
		fail(test ": skipped, but not listed in tests/skips: " reason)
		return
	}
	skipped++
}

function begin(name)
{
	# Whoever was at work when the VM died takes the blame.
	if (program != "")
		blame()
	program = name
	plan = -1
	lines = complaints = seen = 0
	figures = ""
	passed = failed = skipped = 0
	late = 0
}

# A program that says more than its exit status says it in TAP.
function end(status, why,    i)
{
	if (plan != seen && (plan >= 0 || seen) && !why)
		fail(seen " of " (plan < 0 ? "?" : plan) " tests reported")
	if (plan < 0 && !seen && !status && !why)
		passed++
	if (late)
		fail("not done within its time limit")
	else if (status && status != 4 && !failed)
		fail("exit status " status)
	if (why)
		fail(why)
	if (!passed && !skipped && !failed)
		fail("tested nothing")
	delete expected[program]

	printf "  %-5s %-24s %4d passed", where, program, passed
	if (skipped)
		printf ", %d skipped", skipped
	if (failed)
		printf ", %d FAILED", failed
	print figures
	if (failed || verbose)
		for (i = 1; i <= lines; i++)
			print "    | " text[i]
	for (i = 1; i <= complaints; i++) {
		print "    ! " program ": " worst[i]
		print "  " where ": " program ": " worst[i] >> failures
	}
	fflush()

	total_passed += passed
	total_failed += failed
	total_skipped += skipped
	program = ""
}

function blame()
{
	end(0, died)
	blamed = 1
}

function over(    name, missing)
{
	for (name in expected)
		missing = missing " " name
	if (died == "" && missing)
		died = "did not run:" missing
	if (died == "" && !(total_passed + total_failed + total_skipped))
		died = unborn
	# A failure that kept all the rest from running says enough.
	if (died == "" || blamed || (died == unborn && total_failed))
		return
	if (program == "")
		begin("whole-run")
	blame()
}

# Who is to be heard of before all is over
/^@@ expect / {
	for (i = 3; i <= NF; i++)
		expected[$i]
	next
}
/^@@ boot / { died = "the VM ended early"; next }
# What one VM could not finish is another's to tell, from its beginning.
/^@@ again/ { program = ""; next }
/^@@ program / { begin($3); next }
/^@@ late/ { late = 1; next }
/^@@ finished/ { died = ""; next }
/^@@ over/ { over(); next }
/^@@ end / {
	status = $4
	sub(/^@@ end [^ ]+ [0-9]* ?/, "")
	end(status + 0, $0)
	next
}

{ text[++lines] = $0 }

/^# figures: / { figures = ": " substr($0, 12) }

/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; next }

/^not ok / {
	seen++
	fail($4 == "" ? $0 : $4)
	next
}

/^ok / {
	seen++
	if (match($0, /# (SKIP|XFAIL)/))
		judge_skip($3, substr($0, RSTART + 2))
	else
		passed++
}

END { print total_passed + 0, total_failed + 0, total_skipped + 0 > tally }
