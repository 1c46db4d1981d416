#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
# Help, and command lines that the command faultq refuses.
# shellcheck source=tests/vm/guest-tap
. guest-tap

head -c 4096 /dev/zero >data

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
check help_command 0 "^usage: faultq COMMAND" faultq help
check help_of_command 0 "^usage: faultq dma" faultq help dma
check help_of_injection 0 "^usage: faultq inject event" faultq help inject event
check help_of_unknown 2 "frobnicate: no such command" faultq help frobnicate
check help_too_much 2 "'b': no argument" faultq help dma a b
check no_command 2 "^usage: faultq COMMAND" faultq
check unknown_command 2 "frobnicate: no such command" faultq frobnicate
check list_argument 2 "no argument" faultq list "$endpoint"
check serve_no_device 2 "no DEVICE" serve -r 0:1M:
check serve_no_region 2 "no --region" serve $endpoint
check serve_odd_iova 2 "not an IOVA" serve -r 0x10:1M: $endpoint
check serve_no_size 2 "not a size" serve -r 0:: $endpoint
check serve_half_region 2 "not IOVA:" serve -r 0:1M $endpoint
check serve_odd_unit 2 "page size" serve -u 5000 -r 0:1M: $endpoint
check serve_create_no_size 2 "needs a SIZE" serve -r 0::new:create $endpoint
check serve_create_no_file 2 "needs a SIZE" serve -r 0:1M::create $endpoint
for region in 0:0xffffffffffffffff: 0xfffffffffffff000:8K:; do
	check serve_wraps_$region 1 "beyond the last address" \
		serve -r $region $endpoint
done
for region in '' 0 0:1M x:1M: -1:1M: 1:1M: 4096x:1M: 0:0: 0:-1: 0:1x: :1M:; do
	check "serve_region_$region" 2 "Try: faultq serve --help" \
		serve -r "$region" $endpoint
done
for unit in '' 0 -1 4095 4096x 8G; do
	check "serve_unit_$unit" 2 "'$unit': not a multiple of the page size" \
		serve -u "$unit" -r 0:1M: $endpoint
done
for pasid in '' 0 -1 1x 0x100000 0xffffffff 0x100000000; do
	check "serve_pasid_$pasid" 2 "'$pasid': not a PASID.* 1 to 0xfffff" \
		serve -p "$pasid" -r 0:1M: $endpoint
done
check serve_pasid_twice 2 "PASID 7 is given twice" \
	serve -p 7 -p 7 -r 0:1M: $endpoint
check serve_late_option 2 "must come before DEVICE" \
	serve -r 0:1M: $endpoint --json
check dma_no_verb 2 "nothing to do" faultq dma
check dma_bad_verb 2 "not one of" faultq dma move $endpoint 0 data
check dma_few_arguments 2 "needs 4" faultq dma copy $endpoint 0
for address in '' x 0x @0 7@ x@0 4294967296@0 1e3 0x10000000000000000; do
	check "dma_address_$address" 2 "'$address': not an address" \
		faultq dma write $endpoint "$address" data
done
for length in '' 0 x 1x 0x10000000000000000; do
	check "dma_length_$length" 2 "'$length': not a length" \
		faultq dma read $endpoint 0 "$length" back
done
for pages in '' 0 -1 513 100000 1x 0x100000000; do
	check "dma_group_pages_$pages" 2 "'$pages': not a .* 1 to 512" \
		faultq dma -g "$pages" write $endpoint 0 data
done
check dma_wraps 1 "4096 bytes from 0xfffffffffffff001 on reach beyond" \
	faultq dma read $endpoint 0xfffffffffffff001 4096 back
check dma_copy_wraps 1 "from 0xfffffffffffff001 on reach beyond" \
	faultq dma copy $endpoint 0 0xfffffffffffff001 4096
check dma_no_such_pasid 1 "no PASID 1048576: its PASIDs have 20 bits" \
	faultq dma write $endpoint 1048576@0 data
check monitor_no_device 2 "no DEVICE" faultq monitor
for address in '' x 0x1001 4096x 0x10000000000000000; do
	check "inject_address_$address" 2 "'$address': not the address of a page" \
		faultq inject page-request $endpoint "$address"
done
check inject_no_address 2 "needs an ENDPOINT" faultq inject page-request \
	$endpoint
for letters in z R 'r w'; do
	check "inject_perm_$letters" 2 "'$letters': not some of the letters" \
		faultq inject page-request -m "$letters" $endpoint 0
done
for group in '' -1 512 1x; do
	check "inject_group_$group" 2 "'$group': not a number from 0 to 511" \
		faultq inject page-request -g "$group" $endpoint 0
done
for pasid in '' -1 0x100000 1x; do
	check "inject_pasid_$pasid" 2 "'$pasid': not a number.* to 0xfffff" \
		faultq inject page-request -p "$pasid" $endpoint 0
	check "inject_event_pasid_$pasid" 2 "'$pasid': not a number.* to 0xfffff" \
		faultq inject event -p "$pasid" $endpoint 0x71 0
done
for data in '' ',' 1 '1,' ,1 1,2,3 -1,1 0x10000000000000000,1; do
	check "inject_data_$data" 2 "'$data': not two numbers" \
		faultq inject page-request -d "$data" $endpoint 0
done
check inject_wait_open 2 "get no answer" \
	faultq inject page-request -w -n $endpoint 0
check inject_wait_stop_marker 2 "get no answer" \
	faultq inject page-request -w -p 3 -m "" $endpoint 0
check inject_nothing 2 "page-request, event" faultq inject
check inject_unknown 2 "'fault': not one of" faultq inject fault
check inject_queue_error_bad 2 "not one of" \
	faultq inject queue-error $endpoint flood
# a reason is one of the IOMMU that the endpoint has
for reason in '' 0 F_NOTHING F_TRANSLATION 0x10 0x171 71x; do
	check "inject_event_vtd_$reason" 1 "'$reason': not a reason of its VT-d" \
		faultq inject event $endpoint "$reason" 0
done
for reason in '' 0 F_NOTHING 0x71 0x110 10x; do
	check "inject_event_smmu_$reason" 1 "'$reason': not a reason of its SMMUv3" \
		faultq inject event $smmu "$reason" 0
done
check inject_event_force 0 "^raised 1" faultq inject event -f $endpoint 0x10 0
check inject_event_force_smmu 0 "^raised 1" faultq inject event -f $smmu 0x71 0
check inject_event_force_too_far 1 "not a reason" \
	faultq inject event -f $smmu 0x110 0
for times in '' 0 -1 1x 0x100000000; do
	check "inject_event_count_$times" 2 "'$times': not a number from 1 on" \
		faultq inject event -n "$times" $endpoint 0x71 0
done
check inject_event_few_arguments 2 "needs an ENDPOINT" \
	faultq inject event $endpoint 0x71
for type in '' rumour 'page-request,' ','; do
	check "monitor_type_$type" 2 "not one of" faultq monitor -T "$type" \
		$endpoint
done
for number in '' x -1 1x 0x80000000; do
	check "monitor_fd_$number" 2 "'$number': not the number of a file" \
		faultq monitor --fd "$number"
done
check monitor_trace_alone 2 "with --json only" faultq monitor -t -T event
check monitor_late_option 2 "must come before DEVICE" \
	faultq monitor $endpoint --json
for devices in '' ',' "$endpoint," ,$endpoint; do
	check "monitor_devices_$devices" 2 "DEVICE is empty" \
		faultq monitor "$devices"
done
check monitor_twice 2 "is given twice" faultq monitor $endpoint,$endpoint
echo "1..$count"
