// SPDX-License-Identifier: GPL-2.0-only
/*
 * faultq.ko: I/O page faults for user space, through shared rings.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>

#include "compat.h"
#include "faultq_private.h"

#define CREATE_TRACE_POINTS
#include "faultq_trace.h"

static struct miscdevice faultq_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "faultq",
	.fops = &faultq_ctx_fops,
	.mode = 0600,
};

static int __init faultq_init(void)
{
	int ret;

	ret = faultq_timeout_init();
	if (ret)
		return ret;
	ret = faultq_doorbell_init();
	if (ret)
		goto err_timeout;
	ret = faultq_unplug_init();
	if (ret)
		goto err_doorbell;
	faultq_debugfs_init();
	ret = misc_register(&faultq_misc);
	if (ret)
		goto err_debugfs;
	return 0;

err_debugfs:
	faultq_debugfs_exit();
	faultq_unplug_exit();
err_doorbell:
	faultq_doorbell_exit();
err_timeout:
	faultq_timeout_exit();
	return ret;
}

/* Every context and every QUEUE's file holds the module: none is left. */
static void __exit faultq_exit(void)
{
	misc_deregister(&faultq_misc);
	faultq_debugfs_exit();
	faultq_unplug_exit();
	faultq_doorbell_exit();
	faultq_timeout_exit();
	faultq_live_check();
}

module_init(faultq_init);
module_exit(faultq_exit);

MODULE_DESCRIPTION("I/O page faults for user space through shared rings");
MODULE_LICENSE("GPL");
FAULTQ_COMPAT_IMPORT_NS(IOMMUFD_INTERNAL);
