#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
# The examples that come to an end by themselves do what they say.
count=0
for example in nested events; do
	count=$((count + 1))
	if "/examples/$example" >out 2>&1 &&
		tail -n 1 out | grep -q "^demo-$example: ok: "; then
		echo "ok $count examples.$example"
	else
		sed 's/^/# /' out
		echo "not ok $count examples.$example"
	fi
done
echo "1..$count"
