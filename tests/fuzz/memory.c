// SPDX-License-Identifier: GPL-2.0-only
#include "hw_model.h"
#include "memory.h"

static u64 memory[FUZZ_MEMORY / sizeof(u64)];
static struct bytes *script;
static unsigned int accesses;

/*
 * Sparse: where, and what. An input of some bytes makes tables of which most
 * entries lead somewhere; what is left of it changes entries during the walk.
 */
void memory_fill(struct bytes *bytes)
{
	unsigned int nr = take_u8(bytes), i;
	u64 common = take_u64(bytes);

	for (i = 0; i < ARRAY_SIZE(memory); i++)
		memory[i] = common ? common + (i * 4096) % FUZZ_MEMORY : 0;
	while (nr-- && bytes->left) {
		i = take_u32(bytes) % ARRAY_SIZE(memory);
		memory[i] = take_u64(bytes);
	}
	script = bytes;
}

void memory_begin_step(void)
{
	accesses = 0;
}

static void *at(u64 addr, size_t len)
{
	CLAIM(accesses++ < FUZZ_ACCESSES);
	CLAIM((addr & 4095) + len <= 4096);
	if (addr > FUZZ_MEMORY - len)
		return NULL;
	return (char *)memory + addr;
}

int hw_mem_read(u64 addr, void *data, size_t len)
{
	void *from = at(addr, len);

	if (!from)
		return -EFAULT;
	memcpy(data, from, len);
	return 0;
}

int hw_mem_write(u64 addr, const void *data, size_t len)
{
	void *to = at(addr, len);

	if (!to)
		return -EFAULT;
	memcpy(to, data, len);
	return 0;
}

int hw_mem_read_entry(u64 addr, u64 *entry)
{
	CLAIM(addr % sizeof(*entry) == 0);
	return hw_mem_read(addr, entry, sizeof(*entry));
}

/* Now and then someone was faster. */
int hw_mem_update_entry(u64 addr, u64 *entry, u64 value)
{
	u64 *to = at(addr, sizeof(*to));

	CLAIM(addr % sizeof(*entry) == 0);
	if (!to)
		return -EFAULT;
	if (take_u8(script) & 1)
		*to ^= take_u64(script);
	if (*to != *entry) {
		*entry = *to;
		return -EAGAIN;
	}
	*to = value;
	return 0;
}
