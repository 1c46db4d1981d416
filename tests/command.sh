#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
# The command faultq: what it prints, and with which status it exits.
# shellcheck source=tests/vm/guest-tap
. guest-tap

head -c 1000000 /dev/urandom >data
head -c 999999 data >shorter
cp data different
printf x | dd of=different bs=1 seek=777777 conv=notrunc 2>/dev/null

for command in list serve monitor dma inject stat; do
	check help_$command 0 "^usage: faultq $command" faultq $command --help
	check bad_option_$command 2 "Try: faultq $command --help" \
		faultq $command --no-such-option
done
for what in page-request event queue-error; do
	check help_inject_$what 0 "^usage: faultq inject $what" \
		faultq inject $what --help
	check bad_option_inject_$what 2 "Try: faultq inject $what --help" \
		faultq inject $what --no-such-option
done
check help 0 "^usage: faultq COMMAND" faultq --help
check no_command 2 "^usage: faultq COMMAND" faultq
check unknown_command 2 "no such command" faultq frobnicate

check list 0 "^  $endpoint: group [0-9]*, rid .*20 PASID bits, ATS, PRI" \
	faultq list
check list_json 0 '^{"iommus":\[.*{"name":"mock-iommu0".*}\]}$' \
	faultq list --json
check list_kinds 0 "^mock-iommu1: mock of kind smmuv3" faultq list
check list_stalls 0 "^  $stalls: .*, stalls$" faultq list
check list_capabilities 0 "^    page-requests pasid nesting.* CAP=0x" \
	faultq list --capabilities
check list_capabilities_smmu 0 " user-pasid-table.* SMMUv3 IDR0=0x" \
	faultq list --capabilities
check list_capabilities_json 0 '"max_pasids":1048576,.*"hw_info":"vtd"' \
	faultq list --capabilities --json
check list_argument 2 "no argument" faultq list "$endpoint"

# the pager
check serve_no_device 2 "no DEVICE" serve -r 0:1M:
check serve_no_region 2 "no --region" serve $endpoint
check serve_odd_iova 2 "not an IOVA" serve -r 0x10:1M: $endpoint
check serve_no_size 2 "not a size" serve -r 0:: $endpoint
check serve_half_region 2 "not IOVA:" serve -r 0:1M $endpoint
check serve_odd_unit 2 "page size" serve -u 5000 -r 0:1M: $endpoint
check serve_no_file 1 "No such file" serve -r 0::/nowhere/x:ro $endpoint
check serve_short_file 1 "shorter" serve -r 0:2M:data:ro $endpoint
check serve_overlap 1 "overlap" serve -r 0:1M: -r 0xff000:1M: $endpoint
check serve_no_such_device 1 "faultq list" serve -r 0:1M: platform/nowhere
check serve_bad_pasid 1 "has no PASID" serve -p 0x200000 -r 0:1M: $endpoint
check serve_busy 1 "in use by another process" \
	serve -r 0:1M: $endpoint faultq serve -r 0:1M: $endpoint
check serve_command_fails 1 "exit status 3" \
	serve -r 0:1M: $endpoint sh -c 'exit 3'
check serve_no_such_command 1 "No such file" serve -r 0:1M: $endpoint /nowhere

file round_trip <<END
#!/bin/sh
set -e
faultq dma write $endpoint 0x10000123 /tmp/data
faultq dma compare $endpoint 7@0x10000123 /tmp/data
faultq dma read $endpoint 0x10000123 1000000 /tmp/back
cmp /tmp/data /tmp/back
END
check dma_round_trip 0 "^245 page faults served, 0 answered invalid" \
	serve -p 7 -r 0x10000000:2M: $endpoint ./round_trip
check dma_units 0 "^16 page faults served.*in 16 groups" \
	serve -u 64K -r 0:1M: $endpoint faultq dma write $endpoint 0 data
check dma_groups 0 "^245 page faults served.*in 31 groups" \
	serve -r 0:1M: $endpoint faultq dma -g 8 write $endpoint 0 data
check dma_copy 0 "^490 page faults served" serve -r 0::data:ro \
	-r 0x100000:1000000:copy $endpoint \
	faultq dma copy $endpoint 0 0x100000 1000000
check dma_copy_is_right 0 "" cmp data copy
check dma_json 0 '^{"faults":245,"invalid":0,"groups":245,"lost":0,' \
	serve --json -r 0:1M: $endpoint faultq dma -j write $endpoint 0 data
check dma_differs 1 "differs from the file: 777777 of 1000000 bytes" \
	serve -r 0::data $endpoint faultq dma compare $endpoint 0 different
check dma_outside 1 "answered Invalid Request: 999424 of 1000000 bytes" \
	serve -r 0:976K: $endpoint faultq dma write $endpoint 0 data
check dma_read_only 1 "stopped at the write of 0x0" \
	serve -r 0::data:ro $endpoint faultq dma write $endpoint 0 data
check dma_not_attached 1 "fault reason 0x.*not present" \
	serve -r 0:1M: $endpoint faultq dma write $endpoint 9@0 data
check dma_too_far 1 "fault reason 0x84: address is beyond" \
	serve -r 0:1M: $endpoint faultq dma write $endpoint 0x1000000000000 data
check dma_not_attached_smmu 1 "fault reason 0x.*context descriptor" \
	serve -r 0:1M: $smmu faultq dma write $smmu 9@0 data
check dma_smmu 0 "^245 page faults served" \
	serve -p 7 -r 0:1M: $smmu faultq dma write $smmu 7@0 data
check dma_stalls 0 "^245 page faults served" \
	serve -r 0:1M: $stalls faultq dma write $stalls 0 data
check dma_no_endpoint 1 "no such endpoint" faultq dma write nowhere 0 data
check dma_no_verb 2 "nothing to do" faultq dma
check dma_bad_verb 2 "not one of" faultq dma move $endpoint 0 data
check dma_few_arguments 2 "needs 4" faultq dma copy $endpoint 0
check dma_bad_address 2 "not an address" faultq dma write $endpoint x@0 data
check dma_bad_length 2 "not a length" faultq dma read $endpoint 0 0 back

cp data shrinks
file shrink <<END
#!/bin/sh
: >/tmp/shrinks
faultq dma read $endpoint 0 4096 /tmp/back
END
check serve_file_shrinks 1 "has it become shorter" \
	serve -r 0::shrinks:ro $endpoint ./shrink

# a pager without a command says when it is ready, and ends on a signal
mkfifo says
faultq serve -r 0:1M: $endpoint >says 2>/dev/null &
pager=$!
exec 3<says
read -r line <&3
[ "$line" = ready ]
verdict $? serve_ready
check list_capabilities_busy 0 "not to be taken over: Device or resource busy" \
	faultq list --capabilities
check stat_queue 0 "^queue=.* ring=0 .*pending=0" faultq stat
check monitor_busy 1 "in use by another process" faultq monitor $endpoint
check in_use_cannot_unload 1 "" rmmod mock_iommu
faultq dma write $endpoint 0 data >out 2>&1
kill -INT $pager
wait $pager
verdict $? serve_ends_on_sigint
cat <&3 >out
grep -q "^245 page faults served" out
verdict $? serve_totals_after_sigint

# a pager that is killed: the DMA ends, and another one can serve
faultq serve -r 0:1M: $endpoint >says 2>/dev/null &
pager=$!
exec 3<says
read -r line <&3
kill -STOP $pager
faultq dma write $endpoint 0 data >out 2>&1 &
dma=$!
usleep 300000
check inject_unanswered 0 "sent as group 9" faultq inject page-request -g 9 \
	$endpoint 0x1000
check inject_index_in_use 1 "is in use" faultq inject page-request -g 9 \
	$endpoint 0x1000
kill -KILL $pager
wait $dma
[ $? = 1 ]
verdict $? serve_killed_ends_dma
check serve_after_kill 0 "^245 page faults served" \
	serve -r 0:1M: $endpoint faultq dma write $endpoint 0 data

# single page requests
check inject_answer 0 "answered invalid" faultq inject page-request -w \
	$endpoint 0x1000
check monitor 0 "pasid=5 addr=0x7000 perm=rw grpid=300 last tag=0x.* cookie=0x5 private=0x1,0xffffffffffffffff" \
	faultq monitor -p 5 $endpoint faultq inject page-request -p 5 -m rw \
	-g 300 -d 1,0xffffffffffffffff -w $endpoint 0x1000 0x2000 0x7000
check monitor_json 0 '"addr":"0x1000","perm":"x","grpid":7,"last":true,' \
	faultq monitor -j $endpoint faultq inject page-request -m x -g 7 -w \
	$endpoint 0x1000
check monitor_answers 0 '^{"sent":1,"grpid":7,"answer":"invalid"}' \
	faultq monitor $endpoint faultq inject page-request -j -g 7 -w \
	$endpoint 0x1000
check monitor_no_device 2 "no DEVICE" faultq monitor
check monitor_trace 0 "response .*device=$other .*code=success accepted" faultq monitor --trace \
	faultq serve -r 0:1M: $other faultq dma write $other 0 data
check monitor_trace_json 0 '"event":"report","queue":.*"device":"'$other'",.*"perm":"r",.*"pages":1' \
	faultq monitor --trace --json faultq monitor $other \
	faultq inject page-request -w $other 0x1000
check monitor_trace_leaves_nothing 1 "" ls /sys/kernel/tracing/instances/faultq-*
check inject_stop_marker 0 "sent as group" faultq inject page-request -p 3 \
	-m "" $endpoint 0
check inject_misaligned 1 "refused" faultq inject page-request $endpoint 0x1001
check inject_no_address 2 "needs an ENDPOINT" faultq inject page-request \
	$endpoint
check inject_bad_perm 2 "not understood" faultq inject page-request -m z \
	$endpoint 0
check inject_nothing 2 "page-request, event" faultq inject
check inject_open 0 "sent as group 9" faultq inject page-request -n -g 9 \
	$endpoint 0x1000

# events, of several devices and in both native forms
check monitor_event 0 "$endpoint fault reason=pte-fetch dev=.* addr=0x7000 .*; vtd-fault FR=0x71 .* T1=0(write) .* PV=5 .*: first-level entry is not present" \
	faultq monitor -T event $endpoint \
	faultq inject event -p 5 -m w $endpoint 0x71 0x7000
check monitor_event_smmu 0 "$smmu fault reason=permission .*smmuv3-event F_PERMISSION .* SSV=1 SubstreamID=5 .* RnW=1(read) .* InputAddr=0x7000" \
	faultq monitor -T fault $smmu \
	faultq inject event -p 5 $smmu F_PERMISSION 0x7000
check monitor_event_json 0 '"type":"fault","reason":"pte-fetch",.*"native":{.*"fields":{"FR":"0x71",.*"raw":\["0x7000",' \
	faultq monitor -T event -j $endpoint \
	faultq inject event $endpoint 0x71 0x7000
file both <<END
#!/bin/sh
faultq inject event $smmu F_TRANSLATION 0x1000
faultq inject event $endpoint 0x79 0x2000
faultq inject page-request -w $endpoint 0x3000
END
check monitor_all 0 "$smmu fault .* addr=0x1000" \
	faultq monitor -T all $endpoint,$smmu ./both
[ "$(grep -c "^[0-9.]* platform/mock-iommu0-ep0 fault .* addr=0x2000" out)" = 1 ]
verdict $? monitor_all_second
grep -q "page-request dev=.* addr=0x3000" out
verdict $? monitor_all_page_request
check monitor_queue_error 0 "$endpoint queue-error reason=inv-timeout .*vtd-invalidation ITE " \
	faultq monitor -T queue-error $endpoint \
	faultq inject queue-error $endpoint timeout
check monitor_queue_error_smmu 0 "$smmu queue-error .*smmuv3-cmdq CERROR_ATC_INV_SYNC " \
	faultq monitor -T event $smmu faultq inject queue-error $smmu timeout
check inject_queue_error_json 0 '^{"error":"bad-descriptor"}' \
	faultq inject queue-error -j $endpoint bad-descriptor
check inject_queue_error_bad 2 "not one of" \
	faultq inject queue-error $endpoint flood
check inject_event_many 0 "^raised 100000" \
	faultq inject event -n 100000 $endpoint 0x71 0
check inject_event_json 0 '^{"raised":3}' \
	faultq inject event -j -n 3 $endpoint 0x71 0
check inject_event_bad_reason 2 "not a reason" \
	faultq inject event $endpoint F_NOTHING 0
check inject_event_few_arguments 2 "needs an ENDPOINT" \
	faultq inject event $endpoint 0x71
check inject_event_no_endpoint 1 "faultq list" \
	faultq inject event nowhere 0x71 0
check monitor_bad_type 2 "not one of" faultq monitor -T rumour $endpoint
check monitor_fd_closed 1 "not open" faultq monitor --fd 77
check monitor_fd_no_queue 1 "no queue" faultq monitor --fd 0
check monitor_fd_no_number 2 "not the number" faultq monitor --fd x
check monitor_trace_alone 2 "stands alone" faultq monitor -t -T event

check stat_events 0 "^  faults_raised  *[1-9]" faultq stat
check stat 0 "^  invalid  " faultq stat
check stat_unclaimed 0 "^events without a queue: [1-9]" faultq stat
check stat_unclaimed_json 0 '"unclaimed":[1-9][0-9]*,"rings":' faultq stat --json
check stat_json 0 '^{"iommus":\[{"name":"mock-iommu0",.*"rings":\[\]}$' \
	faultq stat --json

# without the modules, and without the right
check unload_mock 0 "" rmmod mock_iommu
check stat_no_mock 1 "insmod mock_iommu.ko" faultq stat
check dma_no_mock 1 "insmod mock_iommu.ko" faultq dma write $endpoint 0 data
check serve_no_mock 1 "faultq list" serve -r 0:1M: $endpoint
chmod 755 /
echo "nobody:x:65534:65534::/:/bin/sh" >/etc/passwd
check serve_not_root 1 "needs root" su nobody -c \
	"faultq serve -r 0:1M: $endpoint"
check unload_faultq 0 "" rmmod faultq
check serve_no_module 1 "insmod faultq.ko" serve -r 0:1M: $endpoint
check list_no_mock 0 "^dmar0\|insmod mock_iommu.ko" faultq list
echo "1..$count"
