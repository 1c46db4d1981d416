# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by what checks the models: results as TAP.

# shellcheck source=tests/vm/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/../vm/env.sh"

models=$top/tests/model
export models
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
set +e
results=0 failures=0

# result NAME: the result of the command before it.
result()
{
	local status=$?
	results=$((results + 1))
	if [ $status = 0 ]; then
		echo "ok $results $1"
	else
		failures=$((failures + 1))
		echo "not ok $results $1"
	fi
}

finish()
{
	echo "1..$results"
	exit $((failures > 0))
}
