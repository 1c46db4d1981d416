#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
# The output of each command cannot be written: that is never success.
# shellcheck source=tests/vm/guest-tap
. guest-tap

head -c 4096 /dev/zero >data

unwritable help faultq --help
unwritable help_command faultq help
unwritable help_of_command faultq help inject event
unwritable list faultq list
unwritable list_json faultq list --json
unwritable list_capabilities faultq list --capabilities
# shellcheck disable=SC2016 # for that shell
check serve_command_gets_sigpipe 1 "ended by signal 13" \
	serve -r 0:1M: $endpoint sh -c 'kill -PIPE $$'
unwritable serve serve -r 0:1M: $endpoint true
unwritable serve_json serve --json -r 0:1M: $endpoint true
unwritable serve_ready serve -r 0:1M: $endpoint
check dma_to_full_device 1 "/dev/full: No space left" \
	serve -r 0:1M: $endpoint faultq dma read $endpoint 0 4096 /dev/full
file write_zeros <<END
#!/bin/sh
exec faultq dma -q write $endpoint 0 /tmp/data
END
unwritable dma serve -r 0:1M: $endpoint ./write_zeros
unwritable inject_page_request faultq inject page-request $endpoint 0
unwritable inject_queue_error faultq inject queue-error $endpoint timeout
unwritable inject_event faultq inject event $endpoint 0x71 0
# a monitor ends when it cannot write a line, or when its reader is gone
unwritable monitor faultq monitor $endpoint \
	faultq inject page-request -w $endpoint 0x1000
unwritable monitor_json faultq monitor -j $endpoint \
	faultq inject page-request -w $endpoint 0x1000
unwritable monitor_event faultq monitor -T event $endpoint \
	sh -c "faultq inject event $endpoint 0x71 0 >/dev/null"
unwritable monitor_trace faultq monitor --trace faultq monitor $other \
	sh -c "faultq inject page-request -w $other 0 >/dev/null"
file idle_monitors <<END
#!/bin/sh
for what in $endpoint "-T event $endpoint" --trace; do
	faultq monitor \$what >&9
	[ \$? = 1 ] || exit 3
done
END
check monitor_idle_reader_gone 0 "" timeout 60 ./idle_monitors
check monitor_gone_leaves_nothing 1 "" \
	ls /sys/kernel/tracing/instances/faultq-*
unwritable stat faultq stat
unwritable stat_json faultq stat --json
echo "1..$count"
