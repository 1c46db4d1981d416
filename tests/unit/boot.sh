#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How "boot" listens to a VM, which is played by a script: what it passes on, when it
# ends a VM, and that it tells the VM the seconds that count.
. "$(dirname "$0")/../vm/env.sh"
set +e
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export FAULTQ_ACCEL=tcg PATH=$dir:$PATH
number=0 failed=0
echo TAP version 13
echo 1..5

# The third serial port is the one for the status.
cat >"$dir/qemu-system-x86_64" <<'STUB'
#!/bin/bash
ports=()
for word; do
	[ "$before" = -serial ] && ports+=("${word#file:}")
	before=$word
done
status=${ports[2]}
. "$PLAY"
STUB
chmod +x "$dir/qemu-system-x86_64"

# play NAME STATUS SAYS: boots a VM that does what stdin says
play()
{
	local got said
	cat >"$dir/play"
	said=$(PLAY=$dir/play "$vm/boot" try kernel initramfs "$dir/out" 2>"$dir/err")
	got=$?
	number=$((number + 1))
	[ "$got" = "$2" ] && [ "$said" = "$3" ] && echo "ok $number $1" && return
	echo "not ok $number $1"
	echo "# status $got, said: $said"
	sed 's/^/# /' "$dir/err"
	failed=1
}

export SILENCE=2
play status 3 "one two" <<'END_OF_PLAY'
echo one two
echo 3 >"$status"
END_OF_PLAY
play died 125 "one" <<'END_OF_PLAY'
echo one
END_OF_PLAY
play silent 125 "one" <<'END_OF_PLAY'
echo one
exec sleep 1000
END_OF_PLAY
play runs_in_silence 125 "one" <<'END_OF_PLAY'
echo one
while :; do :; done
END_OF_PLAY
# Three seconds that count are more than the silence that is allowed, but it speaks.
play told_the_time 0 $'.\n.\n.' <<'END_OF_PLAY'
for i in 1 2 3; do
	read -r _
	echo .
done
echo 0 >"$status"
END_OF_PLAY
exit $failed
