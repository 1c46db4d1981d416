# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by what limits how long something may take. On a shared machine the wall
# clock tells a hang from a lack of processors as little as it tells how fast a test
# is. This clock stands still while what it is for waits for a processor or a disk:
# it counts each second in which all threads of a process and of its descendants
# slept, and of any other the processor time that they got.

clock_counted=0
clock_cpu=0
clock_ticks=$(getconf CLK_TCK)

# now: in hundredths of a second
clock_now()
{
	local uptime
	read -r uptime _ </proc/uptime
	echo "${uptime/./}"
}

# Prints the processor time that the process and its descendants used, in
# hundredths of a second, 1 if any of their threads wants a processor or a disk, and
# their ids. A wait for the lock of another clone (flock) counts as one for a
# processor, since that is what the other clone needs.
clock_sample()
{
	grep -s '' /proc/[0-9]*/stat /proc/[0-9]*/task/[0-9]*/stat |
		awk -v root="$1" -v ticks="$clock_ticks" '
		{
			split($0, path, "/")
			pid = path[3]
			name = $0
			sub(/^[^(]*\(/, "", name)
			sub(/\)[^)]*$/, "", name)
			sub(/.*\) /, "")
		}
		path[4] == "task" {
			if ($1 ~ /[RDTt]/ || name == "flock")
				wants[pid] = 1
			next
		}
		{
			parent[pid] = $2
			session[pid] = $4
			cpu[pid] = $12 + $13 + $14 + $15
		}
		function member(pid, depth)
		{
			if (pid == root || session[pid] == root)
				return 1
			return pid in parent && pid > 1 && depth < 64 &&
			       member(parent[pid], depth + 1)
		}
		END {
			for (pid in parent)
				if (member(pid, 0)) {
					total += cpu[pid]
					busy += wants[pid]
					ids = ids " " pid
				}
			printf "%.0f %d%s\n", total * 100 / ticks, (busy > 0), ids
		}'
}

# clock_start PID: of which process, from now on
clock_start()
{
	clock_of=$1
	clock_counted=0
	clock_last=$(clock_now)
	read -r clock_cpu _ < <(clock_sample "$clock_of")
}

# clock_kill SIGNAL: the process and its descendants
clock_kill()
{
	local ids
	read -r _ _ ids < <(clock_sample "$clock_of")
	# shellcheck disable=SC2086 # one by one
	[ -z "$ids" ] || kill -"$1" $ids 2>/dev/null || true
}

# clock_look: adds what has passed since the last look to clock_counted
clock_look()
{
	local now cpu busy passed used
	read -r cpu busy _ < <(clock_sample "$clock_of")
	now=$(clock_now)
	passed=$((now - clock_last))
	# If it was we who got no processor, others may have got none.
	[ $passed -le 200 ] || passed=200
	if [ "$busy" = 1 ]; then
		used=$((cpu - clock_cpu))
		[ $used -ge 0 ] || used=0
		[ $used -gt $passed ] || passed=$used
	fi
	clock_counted=$((clock_counted + passed))
	clock_last=$now clock_cpu=$cpu
}
