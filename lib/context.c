// SPDX-License-Identifier: MIT
/*
 * The context: /dev/faultq and its ioctls.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

int faultq_call(int fd, unsigned long request, void *arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

int faultq_open_path(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int faultq_open(void)
{
	return faultq_open_path("/dev/faultq");
}

int faultq_destroy(int ctx, __u32 id)
{
	struct faultq_destroy arg = {
		.size = sizeof(arg),
		.id = id,
	};

	return faultq_call(ctx, FAULTQ_DESTROY, &arg);
}

int faultq_queue_alloc(int ctx, struct faultq_queue_alloc *alloc)
{
	alloc->size = sizeof(*alloc);
	return faultq_call(ctx, FAULTQ_QUEUE_ALLOC, alloc);
}

int faultq_device_bind(int ctx, const char *name, __u64 label, __u32 *dev_id)
{
	struct faultq_device_bind arg = {
		.size = sizeof(arg),
		.label = label,
	};
	size_t length = strlen(name);
	int ret;

	if (length >= sizeof(arg.name))
		return -ENODEV;
	memcpy(arg.name, name, length);
	ret = faultq_call(ctx, FAULTQ_DEVICE_BIND, &arg);
	if (ret)
		return ret;
	*dev_id = arg.out_dev_id;
	return 0;
}

int faultq_device_info(int ctx, __u32 dev_id, struct faultq_device_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->dev_id = dev_id;
	return faultq_call(ctx, FAULTQ_DEVICE_INFO, info);
}

int faultq_device_hw_info(int ctx, __u32 dev_id, void *data, __u32 *length,
			  __u32 *type)
{
	struct faultq_device_info arg = {
		.size = sizeof(arg),
		.dev_id = dev_id,
		.data_len = *length,
		.data_uptr = (uintptr_t)data,
	};
	int ret = faultq_call(ctx, FAULTQ_DEVICE_INFO, &arg);

	if (ret)
		return ret;
	*length = arg.data_len;
	*type = arg.out_data_type;
	return 0;
}

int faultq_hwpt_alloc(int ctx, __u32 dev_id, __u32 queue_id, __u32 *hwpt_id)
{
	struct faultq_hwpt_alloc arg = {
		.size = sizeof(arg),
		.flags = queue_id ? FAULTQ_HWPT_ALLOC_FAULT_ID_VALID : 0,
		.dev_id = dev_id,
		.fault_id = queue_id,
	};
	int ret = faultq_call(ctx, FAULTQ_HWPT_ALLOC, &arg);

	if (ret)
		return ret;
	*hwpt_id = arg.out_hwpt_id;
	return 0;
}

int faultq_hwpt_map(int ctx, __u32 hwpt_id, void *memory, __u64 length,
		    __u64 iova, __u32 access)
{
	struct faultq_hwpt_map arg = {
		.size = sizeof(arg),
		.flags = FAULTQ_HWPT_MAP_FIXED_IOVA | access,
		.hwpt_id = hwpt_id,
		.user_va = (uintptr_t)memory,
		.length = length,
		.iova = iova,
	};

	return faultq_call(ctx, FAULTQ_HWPT_MAP, &arg);
}

int faultq_hwpt_unmap(int ctx, __u32 hwpt_id, __u64 iova, __u64 *length)
{
	struct faultq_hwpt_unmap arg = {
		.size = sizeof(arg),
		.hwpt_id = hwpt_id,
		.iova = iova,
		.length = *length,
	};
	int ret = faultq_call(ctx, FAULTQ_HWPT_UNMAP, &arg);

	if (ret)
		return ret;
	*length = arg.length;
	return 0;
}

int faultq_hwpt_iova_ranges(int ctx, __u32 hwpt_id,
			    struct faultq_iova_range *ranges, __u32 *nr,
			    __u64 *alignment)
{
	struct faultq_hwpt_iova_ranges arg = {
		.size = sizeof(arg),
		.hwpt_id = hwpt_id,
		.num_iovas = *nr,
		.allowed_iovas = (uintptr_t)ranges,
	};
	int ret = faultq_call(ctx, FAULTQ_HWPT_IOVA_RANGES, &arg);

	if (ret && ret != -EMSGSIZE)
		return ret;
	*nr = arg.num_iovas;
	if (alignment)
		*alignment = arg.out_iova_alignment;
	return ret;
}

static __u32 pasid_flag(__u32 pasid)
{
	return pasid == FAULTQ_NO_PASID ? 0 : FAULTQ_DEVICE_ATTACH_PASID;
}

int faultq_device_attach(int ctx, __u32 dev_id, __u32 hwpt_id, __u32 pasid,
			 __u64 cookie)
{
	struct faultq_device_attach arg = {
		.size = sizeof(arg),
		.flags = pasid_flag(pasid) | FAULTQ_DEVICE_ATTACH_COOKIE,
		.dev_id = dev_id,
		.hwpt_id = hwpt_id,
		.pasid = pasid,
		.cookie = cookie,
	};

	return faultq_call(ctx, FAULTQ_DEVICE_ATTACH, &arg);
}

int faultq_device_detach(int ctx, __u32 dev_id, __u32 pasid)
{
	struct faultq_device_detach arg = {
		.size = sizeof(arg),
		.flags = pasid_flag(pasid),
		.dev_id = dev_id,
		.pasid = pasid,
	};

	return faultq_call(ctx, FAULTQ_DEVICE_DETACH, &arg);
}

int faultq_pasid_alloc(int ctx, __u32 dev_id, __u32 *pasid)
{
	struct faultq_pasid_alloc arg = {
		.size = sizeof(arg),
		.dev_id = dev_id,
	};
	int ret = faultq_call(ctx, FAULTQ_PASID_ALLOC, &arg);

	if (ret)
		return ret;
	*pasid = arg.out_pasid;
	return 0;
}

int faultq_pasid_free(int ctx, __u32 dev_id, __u32 pasid)
{
	struct faultq_pasid_free arg = {
		.size = sizeof(arg),
		.dev_id = dev_id,
		.pasid = pasid,
	};

	return faultq_call(ctx, FAULTQ_PASID_FREE, &arg);
}
