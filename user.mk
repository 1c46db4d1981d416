# SPDX-License-Identifier: GPL-2.0-only
# What every user-space part is compiled with. Included with "top" set.

out	:= $(top)/build
CC	?= gcc
AR	?= ar
CFLAGS	?= -O2 -g
INSTALL	?= install

# The regions of a ring lie beyond what mmap() can say in 32 bits.
cflags	:= -std=c11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
	   -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes \
	   -Wold-style-definition -Wshadow \
	   -I$(top)/uapi -I$(top)/ring -I$(top)/lib -MMD -MP $(WERROR)

compile = $(CC) $(cflags) $(CPPFLAGS) $(CFLAGS)
