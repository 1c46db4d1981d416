// SPDX-License-Identifier: MIT
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "binding.h"
#include "tool.h"

/* A device has no more groups outstanding; what lacks room waits in faultq. */
#define QUEUE_GROUPS 512
#define QUEUE_RECORDS 2048

/* PASIDs have 20 bits. */
#define MAX_PASID 0xfffffU

int binding_add_pasid(struct binding *binding, const char *command,
		      const char *text)
{
	__u32 pasid, i;

	if (!parse_u32(text, &pasid) || !pasid || pasid > MAX_PASID)
		return bad_usage(command,
				 "'%s': not a PASID: a number from 1 to 0x%x",
				 text, MAX_PASID);
	for (i = 0; i < binding->nr_pasids; i++) {
		if (binding->pasids[i] == pasid)
			return bad_usage(command, "PASID %u is given twice",
					 pasid);
	}
	if (binding->nr_pasids == BINDING_MAX_PASIDS)
		return bad_usage(command, "more than %u PASIDs",
				 BINDING_MAX_PASIDS);
	binding->pasids[binding->nr_pasids++] = pasid;
	return EXIT_SUCCESS;
}

static int bind_failed(const char *device, int error)
{
	const char *hint = "";

	switch (error) {
	case -ENODEV:
		hint = strchr(device, '/') ?
			       ", or one without IOMMU: 'faultq list' shows the names" :
			       ": a name is BUS/DEVICE, as 'faultq list' shows it";
		break;
	case -EBUSY:
		hint = ": it is in use by another process or a driver: stop that first";
		break;
	case -EPERM:
		hint = ": faultq takes mock endpoints only, unless loaded otherwise: see faultq(4)";
		break;
	}
	return fail("%s: %s%s", device, strerror(-error), hint);
}

static int make_queue(const struct binding *binding,
		      struct faultq_queue_alloc *alloc,
		      struct faultq_queue **queue)
{
	const char *hint = "";
	int ret = faultq_queue_alloc(binding->ctx, alloc);

	if (ret == -EOPNOTSUPP)
		return fail("%s: %s: its IOMMU driver reports no events: %s",
			    binding->device, strerror(-ret),
			    "monitor its page requests only");
	if (ret)
		return fail("%s: no queue can be made: %s", binding->device,
			    strerror(-ret));
	ret = faultq_queue_open(alloc->out_queue_fd, queue);
	if (ret) {
		close(alloc->out_queue_fd);
		if (ret == -EOPNOTSUPP)
			hint = ": faultq.ko is newer than this program";
		return fail("the queue cannot be mapped: %s%s", strerror(-ret),
			    hint);
	}
	return EXIT_SUCCESS;
}

static int make_page_queue(struct binding *binding, __u32 *queue_id)
{
	struct faultq_queue_alloc alloc = {
		.type = FAULTQ_QUEUE_TYPE_IOPF,
		.nr_rings = 1,
		.nr_records = QUEUE_RECORDS,
		.nr_groups = QUEUE_GROUPS,
	};
	int status = make_queue(binding, &alloc, &binding->queue);

	if (status)
		return status;
	binding->ring = faultq_queue_ring(binding->queue, 0);
	*queue_id = alloc.out_queue_id;
	return EXIT_SUCCESS;
}

static int make_event_queue(struct binding *binding)
{
	struct faultq_queue_alloc alloc = {
		.type = FAULTQ_QUEUE_TYPE_EVENT,
		.nr_rings = 1,
		.nr_records = QUEUE_RECORDS,
		.source_id = binding->dev_id,
	};

	return make_queue(binding, &alloc, &binding->events);
}

static int make_queues(struct binding *binding, __u32 *queue_id)
{
	int status = EXIT_SUCCESS;

	if (binding->wants_events)
		status = make_event_queue(binding);
	if (!status && binding->page_requests)
		status = make_page_queue(binding, queue_id);
	return status;
}

static int attach_failed(const char *device, __u32 pasid, int error)
{
	if (error == -EOPNOTSUPP)
		return fail("%s: %s: %s", device, strerror(-error),
			    "it makes no page requests or has no PASIDs");
	if (error == -EINVAL && pasid != FAULTQ_NO_PASID)
		return fail("%s: %s: it has no PASID %u: see 'faultq list'",
			    device, strerror(-error), pasid);
	return fail("%s: cannot attach a page table: %s", device,
		    strerror(-error));
}

static int attach(struct binding *binding, __u32 pasid)
{
	int ret = faultq_device_attach(binding->ctx, binding->dev_id,
				       binding->hwpt_id, pasid, pasid);

	return ret ? attach_failed(binding->device, pasid, ret) : EXIT_SUCCESS;
}

static int attach_all(struct binding *binding)
{
	int status = attach(binding, FAULTQ_NO_PASID);
	__u32 i;

	for (i = 0; !status && i < binding->nr_pasids; i++)
		status = attach(binding, binding->pasids[i]);
	return status;
}

int binding_open(struct binding *binding)
{
	__u32 queue_id = 0;
	int ret;

	binding->ctx = open_faultq();
	if (binding->ctx < 0)
		return EXIT_FAILURE;
	ret = faultq_device_bind(binding->ctx, binding->device, 0,
				 &binding->dev_id);
	if (ret)
		return bind_failed(binding->device, ret);
	if (make_queues(binding, &queue_id))
		return EXIT_FAILURE;
	ret = faultq_hwpt_alloc(binding->ctx, binding->dev_id, queue_id,
				&binding->hwpt_id);
	if (ret)
		return fail("%s: no page table can be made: %s",
			    binding->device, strerror(-ret));
	return attach_all(binding);
}

void binding_close(struct binding *binding)
{
	faultq_queue_close(binding->queue);
	faultq_queue_close(binding->events);
	if (binding->ctx >= 0)
		close(binding->ctx);
}

int binding_wait(struct binding *binding)
{
	struct pollfd wait[] = {
		{ .fd = faultq_queue_fd(binding->queue), .events = POLLIN },
		{ .fd = watch_fd(), .events = POLLIN },
	};
	int ret = faultq_ring_flush(binding->ring);

	if (ret)
		return ret;
	if (poll(wait, NR(wait), -1) < 0)
		return errno == EINTR ? 0 : -errno;
	return wait[0].revents & (POLLERR | POLLHUP) ? -ENODEV : 0;
}
