# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only

# shellcheck source=tests/vm/env.sh
. "$(dirname "${BASH_SOURCE[0]}")/../vm/env.sh"

# sources [FIND-EXPRESSION...]: the files of the project that fit, and nothing
# that was built.
sources()
{
	(cd "$top" && find . \( -name .git -o -path ./build -o -name generated \) \
		-prune -o -type f ! -name '*.mod.c' ! -name '*.o' ! -name '*.ko' \
		! -name '*.cmd' ! -name '*.mod' \( "$@" \) -print | sort)
}
