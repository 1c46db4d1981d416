#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Each mutant can still be planted, so that none is lost when the code moves on.
. "$(dirname "$0")/../vm/env.sh"

exec "$top/tests/mutants/plant" -n "$top" "$top"/tests/mutants/*.mutant
