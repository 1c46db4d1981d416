// SPDX-License-Identifier: GPL-2.0-only
/*
 * Devices that leave the machine while they are bound.
 *
 * The IOMMU core lets go of a device on BUS_NOTIFY_REMOVED_DEVICE; faultq must
 * be done with it by then, so its notifier comes first there. It acts on
 * BUS_NOTIFY_DEL_DEVICE too, as that comes earlier; but a device can still be
 * found on its bus, and bound, between the two.
 */
#include <linux/device/bus.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/platform_device.h>

#include "faultq_private.h"

static const struct bus_type *const faultq_buses[] = {
	&platform_bus_type,
#ifdef CONFIG_PCI
	&pci_bus_type,
#endif
};

static void faultq_unplug(struct device *dev)
{
	struct faultq_device *device;

	mutex_lock(&faultq_devices_lock);
	list_for_each_entry(device, &faultq_devices, node) {
		if (device->dev != dev)
			continue;
		mutex_lock(&device->lock);
		faultq_device_unbind(device);
		mutex_unlock(&device->lock);
	}
	mutex_unlock(&faultq_devices_lock);
}

static int faultq_unplug_notify(struct notifier_block *nb, unsigned long action,
				void *data)
{
	if (action == BUS_NOTIFY_DEL_DEVICE ||
	    action == BUS_NOTIFY_REMOVED_DEVICE)
		faultq_unplug(data);
	return NOTIFY_OK;
}

static struct notifier_block faultq_unplug_nb[ARRAY_SIZE(faultq_buses)];

int faultq_unplug_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(faultq_buses); i++) {
		faultq_unplug_nb[i].notifier_call = faultq_unplug_notify;
		faultq_unplug_nb[i].priority = INT_MAX;
		ret = bus_register_notifier(faultq_buses[i],
					    &faultq_unplug_nb[i]);
		if (ret)
			goto err_unregister;
	}
	return 0;

err_unregister:
	while (i--)
		bus_unregister_notifier(faultq_buses[i], &faultq_unplug_nb[i]);
	return ret;
}

void faultq_unplug_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faultq_buses); i++)
		bus_unregister_notifier(faultq_buses[i], &faultq_unplug_nb[i]);
}

/**
 * faultq_bus_find() - a bus whose devices may be bound
 * @name: its name under /sys/bus, need not end there
 * @len: length of the name
 *
 * Return: the bus or NULL.
 */
const struct bus_type *faultq_bus_find(const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faultq_buses); i++)
		if (strlen(faultq_buses[i]->name) == len &&
		    !memcmp(faultq_buses[i]->name, name, len))
			return faultq_buses[i];
	return NULL;
}
