// SPDX-License-Identifier: MIT
#include "pager.h"
#include "tool.h"

static struct region *find_region(struct pager *pager, __u64 address)
{
	size_t i;

	for (i = 0; i < pager->nr_regions; i++) {
		if (region_contains(&pager->regions[i], address))
			return &pager->regions[i];
	}
	return NULL;
}

static bool serve_page(struct pager *pager,
		       const struct faultq_page_request *page)
{
	struct region *region = find_region(pager, page->addr);
	long long ret;

	if (!region)
		return false;
	if ((page->perm & FAULTQ_PAGE_REQUEST_WRITE) && !region->writable)
		return false;
	ret = region_map(region, pager->binding.ctx, pager->binding.hwpt_id,
			 page->addr);
	if (ret < 0 && !pager->complained)
		region_map_failed(region, ret);
	if (ret < 0) {
		pager->complained = true;
		return false;
	}
	pager->mapped += ret;
	return true;
}

static int serve_group(struct pager *pager, const struct faultq_group *group)
{
	struct faultq_ring *ring = pager->binding.ring;
	__u32 code = FAULTQ_RESPONSE_SUCCESS;
	__u32 i;

	for (i = 0; i < group->nr_pages; i++) {
		if (!serve_page(pager, faultq_ring_page(ring, group, i)))
			code = FAULTQ_RESPONSE_INVALID;
	}
	if (code == FAULTQ_RESPONSE_SUCCESS)
		pager->served += group->nr_pages;
	else
		pager->invalid += group->nr_pages;
	pager->groups++;
	return faultq_ring_respond(ring, group->tag, code);
}

/* One system call for each page that is new, and one for each batch. */
int pager_serve(struct pager *pager)
{
	struct faultq_ring *ring = pager->binding.ring;
	struct faultq_group group;
	int ret, nr = 0;

	while ((ret = faultq_ring_next(ring, &group)) > 0) {
		ret = serve_group(pager, &group);
		if (ret)
			return ret;
		nr++;
	}
	if (!ret)
		ret = faultq_ring_flush(ring);
	return ret ? ret : nr;
}
