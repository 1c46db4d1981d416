#!/bin/sh
# shellcheck shell=dash
# SPDX-License-Identifier: GPL-2.0-only
# The examples that come to an end by themselves do what they say.
echo 1..1
if /examples/nested >out 2>&1 && tail -n 1 out | grep -q "^demo-nested: ok: "
then
	echo "ok 1 examples.nested"
else
	sed 's/^/# /' out
	echo "not ok 1 examples.nested"
fi
