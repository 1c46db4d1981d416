// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physical memory as the model reaches it.
 */
#include <linux/atomic.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "hw_model.h"

/*
 * The memory that holds @addr, for @len bytes that do not leave its page;
 * NULL where no memory is.
 */
static void *hw_mem_map(u64 addr, size_t len)
{
	if (WARN_ON_ONCE(offset_in_page(addr) + len > PAGE_SIZE))
		return NULL;
	if (!pfn_valid(PHYS_PFN(addr)))
		return NULL;
	return kmap_local_page(pfn_to_page(PHYS_PFN(addr))) +
	       offset_in_page(addr);
}

int hw_mem_read(u64 addr, void *data, size_t len)
{
	void *memory = hw_mem_map(addr, len);

	if (!memory)
		return -EFAULT;
	memcpy(data, memory, len);
	kunmap_local(memory);
	return 0;
}

int hw_mem_write(u64 addr, const void *data, size_t len)
{
	void *memory = hw_mem_map(addr, len);

	if (!memory)
		return -EFAULT;
	memcpy(memory, data, len);
	kunmap_local(memory);
	return 0;
}

/* Reads an aligned entry of a table that software may be writing. */
int hw_mem_read_entry(u64 addr, u64 *entry)
{
	u64 *memory = hw_mem_map(addr, sizeof(*entry));

	if (!memory)
		return -EFAULT;
	*entry = READ_ONCE(*memory);
	kunmap_local(memory);
	return 0;
}

/*
 * Replaces an entry that software may be writing, in one piece. Returns
 * -EAGAIN if it was not @entry, which is then what it was.
 */
int hw_mem_update_entry(u64 addr, u64 *entry, u64 value)
{
	u64 *memory = hw_mem_map(addr, sizeof(*entry));
	bool done;

	if (!memory)
		return -EFAULT;
	done = try_cmpxchg64(memory, entry, value);
	kunmap_local(memory);
	return done ? 0 : -EAGAIN;
}
