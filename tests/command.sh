#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
# The command faultq at work: what it prints, and with which status it exits.
# command_line.sh and command_output.sh have what can go wrong before and after.
# shellcheck source=tests/vm/guest-tap
. guest-tap

# poke CHARACTER FILE
poke()
{
	printf '%s' "$1" | dd of="$2" bs=1 seek=777777 conv=notrunc 2>/dev/null
}

head -c 1000000 /dev/urandom >data
# so that x is always another byte
poke y data
head -c 999999 data >shorter
cp data different
poke x different

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

# the pager
check serve_no_file 1 "No such file" serve -r 0::/nowhere/x:ro $endpoint
check serve_short_file 1 "shorter.*leave out the size$" \
	serve -r 0:2M:data:ro $endpoint
check serve_short_writable 1 "shorter.*:create" serve -r 0:2M:data $endpoint
check serve_mistyped_file 1 "dta: No such file.*:create" \
	serve -r 0:1M:dta $endpoint
check serve_mistyped_creates_nothing 1 "" ls dta
check serve_create 0 "^0 page faults" serve -r 0:1M:new:create $endpoint true
check serve_created 0 "^1048576$" stat -c %s new
check serve_directory 1 "/tmp: Is a directory" serve -r 0::/tmp:ro $endpoint
check serve_too_much 1 "Cannot allocate memory" serve -r 0:4096G: $endpoint

# what can never be served is found before a device asks for it
for device in $endpoint $smmu; do
	for region in 0x1000000000000:1M: 0xfffffffff000:8K:; do
		check "serve_beyond_width_${device}_$region" 1 \
			"Value too large.*beyond the addresses that the IOMMU" \
			serve -r $region "$device" true
	done
done
bar=$(find /sys/bus/pci/devices/*/ -name 'resource[0-9]' -size +4095c | head -n 1)
check serve_unpinnable 1 "$bar: .*Bad address: .*file system.*tmpfs.*:ro" \
	serve -r "0::$bar" $endpoint true
check serve_overlap 1 "overlap" serve -r 0:1M: -r 0xff000:1M: $endpoint
check serve_no_such_device 1 "No such device.*faultq list" \
	serve -r 0:1M: platform/nowhere
check serve_no_bus 1 "a name is BUS/DEVICE" serve -r 0:1M: mock-iommu0-ep0
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
	-r 0x100000:1000000:copy:create $endpoint \
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
check dma_pasid_not_served 1 "no page table.* PASID 9: .*serve --pasid 9" \
	serve -r 0:1M: $endpoint faultq dma write $endpoint 9@0 data
check dma_copy_not_served 1 "no page table.* PASID 9: .*serve --pasid 9" \
	serve -p 7 -r 0:1M: $smmu faultq dma copy $smmu 7@0 9@0 4096
for device in $endpoint $smmu $stalls; do
	check "dma_not_served_$device" 1 "no page table.*faultq serve" \
		faultq dma write "$device" 0 data
	check "dma_not_served_pasid_$device" 1 "faultq serve --pasid 5" \
		faultq dma write "$device" 5@0 data
done
check dma_too_far 1 "fault reason 0x84: address is beyond" \
	serve -r 0:1M: $endpoint faultq dma write $endpoint 0x1000000000000 data
check dma_not_attached_smmu 1 "fault reason 0x.*context descriptor" \
	serve -r 0:1M: $smmu faultq dma write $smmu 9@0 data
check dma_smmu 0 "^245 page faults served" \
	serve -p 7 -r 0:1M: $smmu faultq dma write $smmu 7@0 data
check dma_stalls 0 "^245 page faults served" \
	serve -r 0:1M: $stalls faultq dma write $stalls 0 data
check dma_no_endpoint 1 "no such mock endpoint" faultq dma write nowhere 0 data
check dma_no_file 1 "dta: No such file" faultq dma write $endpoint 0 dta

cp data shrinks
file shrink <<END
#!/bin/sh
: >/tmp/shrinks
faultq dma read $endpoint 0 4096 /tmp/back
END
check serve_file_shrinks 1 "has become shorter" \
	serve -r 0::shrinks:ro $endpoint ./shrink

# a pager without a command says when it is ready, and ends on a signal
mkfifo says
faultq serve -r 0:1M: $endpoint >says 2>/dev/null &
pager=$!
exec 3<says
read -r line <&3
[ "$line" = ready ]
verdict $? serve_ready
check list_capabilities_busy 0 "cannot be taken over: Device or resource busy" \
	faultq list --capabilities
check list_capabilities_busy_json 0 \
	'"capabilities_error":"Device or resource busy"' \
	faultq list --capabilities --json
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
check monitor_json 0 '"addr":"0x1000","perm":"r","grpid":7,"last":true,' \
	faultq monitor -j $endpoint faultq inject page-request -m r -g 7 -w \
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
check inject_no_pri 1 "Operation not supported.*endpoint with PRI" \
	faultq inject page-request $stalls 0
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
check inject_queue_error_no_ats 1 "Operation not supported.*no device TLB" \
	faultq inject queue-error $stalls timeout
check inject_event_many 0 "^raised 100000" \
	faultq inject event -n 100000 $endpoint 0x71 0
check inject_event_json 0 '^{"raised":3}' \
	faultq inject event -j -n 3 $endpoint 0x71 0
check inject_event_no_endpoint 1 "faultq list" \
	faultq inject event nowhere 0x71 0
check monitor_fd_closed 1 "Bad file descriptor" faultq monitor --fd 77
check monitor_fd_no_queue 1 "no queue" faultq monitor --fd 0

check stat_events 0 "^  faults_raised  *[1-9]" faultq stat
check stat 0 "^  invalid  " faultq stat
check stat_unclaimed 0 "^events without a queue: [1-9]" faultq stat
check stat_unclaimed_json 0 '"unclaimed":[1-9][0-9]*,"rings":' faultq stat --json
check stat_json 0 '^{"iommus":\[{"name":"mock-iommu0",.*"rings":\[\]}$' \
	faultq stat --json
# without the file systems that they read
umount /sys/kernel/tracing
umount /sys/kernel/debug
check stat_no_debugfs 0 "queues are left out: .*mount -t debugfs" faultq stat
check stat_no_debugfs_json 0 '\]}$' faultq stat --json
! grep -q '"rings"' out
verdict $? stat_no_debugfs_no_rings
check monitor_no_tracefs 1 "mount -t tracefs" faultq monitor --trace true
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing

# without the right, and without the modules
chmod 755 /
echo "nobody:x:65534:65534::/:/bin/sh" >/etc/passwd
check serve_not_root 1 "/dev/faultq: Permission denied: .*file's mode" \
	su nobody -c "faultq serve -r 0:1M: $endpoint"
check stat_not_root 1 "/dev/mock_iommu: Permission denied: .*file's mode" \
	su nobody -c "faultq stat"
check list_not_root 0 "Permission denied: what it knows is left out" \
	su nobody -c "faultq list"
chmod 666 /dev/faultq /dev/mock_iommu
check serve_by_mode 0 "^0 page faults served" \
	su nobody -c "faultq serve -r 0:1M: $endpoint true"
check serve_memlock 1 "Cannot allocate memory: .*ulimit -l" \
	su nobody -c "ulimit -l 0; faultq serve -r 0:1M: $endpoint true"
check stat_no_capability 1 "Operation not permitted: .*CAP_SYS_ADMIN" \
	su nobody -c "faultq stat"

release=$(uname -r)
mkdir -p "/lib/modules/$release"
check unload_mock 0 "" rmmod mock_iommu
check stat_no_mock 1 "insmod mock_iommu.ko" faultq stat
check dma_no_mock 1 "insmod mock_iommu.ko" faultq dma write $endpoint 0 data
check serve_no_mock 1 "faultq list" serve -r 0:1M: $endpoint
# modprobe finds what is installed
echo "updates/mock_iommu.ko.xz: updates/faultq.ko.xz" \
	>"/lib/modules/$release/modules.dep"
check stat_mock_installed 1 "load the module: modprobe mock_iommu$" faultq stat
echo "updates/mock_iommu2.ko: updates/a_mock_iommu.ko" \
	>"/lib/modules/$release/modules.dep"
check stat_others_installed 1 "insmod mock_iommu.ko" faultq stat
for value in vtd=17 smmuv3=16 endpoints=65 prq_entries=100 prq_entries=64 \
	prq_entries=32768 fault_records=257; do
	check "refused_$value" 0 "" sh -c "! insmod /modules/mock_iommu.ko $value"
	check "logged_$value" 0 "parameter $value is out of range: .* to " dmesg
done
check unload_faultq 0 "" rmmod faultq
check serve_no_module 1 "insmod faultq.ko" serve -r 0:1M: $endpoint
check stat_no_module 1 "insmod faultq.ko, then insmod mock_iommu.ko" faultq stat
check monitor_trace_no_module 1 "insmod faultq.ko" faultq monitor --trace
rm -r /lib/modules
check list_no_mock 0 "^dmar0\|insmod mock_iommu.ko" faultq list
echo "1..$count"
