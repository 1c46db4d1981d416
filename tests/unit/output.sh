#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the command does with its standard output and with a command line, as far as
# that needs no module: the rest is in tests/command.sh.
faultq=$(cd "$(dirname "$0")/../.." && pwd)/build/bin/faultq
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit
number=0
failed=0

verdict()
{
	local said=ok
	number=$((number + 1))
	if [ "$1" != 0 ]; then
		said="not ok"
		failed=1
		sed 's/^/# /' out
	fi
	echo "$said $number $2"
}

# 9: a pipe without a reader
mkfifo pipe
exec 8<>pipe
exec 9>pipe 8<&-

# unwritable NAME ARGUMENT...
unwritable()
{
	local name=$1
	shift
	"$faultq" "$@" >/dev/full 2>out
	[ $? = 1 ] && [ "$(cat out)" = \
		"faultq: standard output: No space left on device" ]
	verdict $? "$name.full"
	"$faultq" "$@" >&- 2>out
	[ $? = 1 ] && [ "$(cat out)" = \
		"faultq: standard output: Bad file descriptor" ]
	verdict $? "$name.closed"
	"$faultq" "$@" >&9 2>out
	[ $? = 1 ] && [ ! -s out ]
	verdict $? "$name.pipe"
}

# refused NAME WORDS ARGUMENT...: not a command line
refused()
{
	local name=$1 words=$2
	shift 2
	"$faultq" "$@" >out 2>&1
	[ $? = 2 ] && grep -qF -e "$words" out &&
		[ "$(tail -n 1 out | cut -d ' ' -f 1)" = Try: ]
	verdict $? "$name"
}

echo TAP version 13
unwritable help --help
unwritable help-command help
for command in list serve monitor dma inject stat; do
	unwritable "$command-help" $command --help
	unwritable "help-$command" help $command
	[ "$("$faultq" help $command)" = "$("$faultq" $command --help)" ]
	verdict $? "help-$command.same"
done
for what in page-request event queue-error; do
	unwritable "help-inject-$what" help inject $what
done

# Closed files are not mistaken for those that are opened in their place.
"$faultq" help <&- >out 2>&1 && grep -q "^usage: " out
verdict $? no-stdin
"$faultq" help <&- >out 2>&- && grep -q "^usage: " out
verdict $? no-stdin-no-stderr

refused help-unknown "frobnicate: no such command" help frobnicate
refused help-too-much "'c': no argument is expected" help dma b c
refused unknown "frobnicate: no such command" frobnicate
refused empty ": no such command" ''
echo "1..$number"
exit $failed
