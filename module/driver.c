// SPDX-License-Identifier: GPL-2.0-only
/*
 * IOMMU drivers whose devices may be bound.
 */
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci-ats.h>
#include <linux/pci.h>
#include <linux/property.h>

#include "faultq_driver.h"
#include "faultq_private.h"

static bool allow_hw;
module_param(allow_hw, bool, 0444);
MODULE_PARM_DESC(allow_hw,
		 "bind devices of unregistered IOMMU drivers (default: no)");

static bool allow_unsafe_interrupts;
module_param(allow_unsafe_interrupts, bool, 0444);
MODULE_PARM_DESC(allow_unsafe_interrupts,
		 "bind devices without isolated interrupts (default: no)");

/* Guards the list of drivers; a driver on it is not being unloaded. */
static DEFINE_MUTEX(faultq_drivers_lock);
static LIST_HEAD(faultq_drivers);

static bool faultq_driver_formats_ok(const struct faultq_driver *driver)
{
	const struct faultq_native_format *const *format =
		driver->native_formats;

	for (; format && *format; format++)
		if ((*format)->type == FAULTQ_NATIVE_NONE ||
		    !(*format)->length || (*format)->length > FAULTQ_NATIVE_LEN)
			return false;
	return true;
}

/**
 * faultq_driver_register() - let devices of an IOMMU driver be bound
 * @driver: the driver; stays the caller's, unchanged until unregistered
 *
 * Process context. Return: 0; -EEXIST if its operations are registered; -EINVAL
 * for a native format with an invalid type or length.
 */
int faultq_driver_register(struct faultq_driver *driver)
{
	struct faultq_driver *other;
	int ret = 0;

	if (!faultq_driver_formats_ok(driver))
		return -EINVAL;
	mutex_lock(&faultq_drivers_lock);
	list_for_each_entry(other, &faultq_drivers, node)
		if (other->ops == driver->ops)
			ret = -EEXIST;
	if (!ret)
		list_add(&driver->node, &faultq_drivers);
	mutex_unlock(&faultq_drivers_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(faultq_driver_register);

/**
 * faultq_driver_unregister() - end a registration
 * @driver: a registered driver
 *
 * Process context. Called when its module is unloaded, hence when no device of
 * it is bound.
 */
void faultq_driver_unregister(struct faultq_driver *driver)
{
	mutex_lock(&faultq_drivers_lock);
	list_del(&driver->node);
	mutex_unlock(&faultq_drivers_lock);
}
EXPORT_SYMBOL_GPL(faultq_driver_unregister);

static struct faultq_driver *faultq_driver_find(const struct iommu_ops *ops)
{
	struct faultq_driver *driver;

	lockdep_assert_held(&faultq_drivers_lock);
	list_for_each_entry(driver, &faultq_drivers, node)
		if (driver->ops == ops)
			return driver;
	return NULL;
}

/* While a module is being loaded no one may use it: if that fails, it goes. */
static bool faultq_driver_hold(struct module *owner)
{
	/* the kernel writes it plainly; what was LIVE never is COMING again */
	if (owner && data_race(READ_ONCE(owner->state)) == MODULE_STATE_COMING)
		return false;
	return try_module_get(owner);
}

/* A driver that is not registered, because the administrator said so. */
static struct module *faultq_driver_get_hw(const struct iommu_ops *ops,
					   const char **name)
{
	if (!allow_hw)
		return ERR_PTR(-EPERM);
	if (!faultq_driver_hold(ops->owner))
		return ERR_PTR(-ENODEV);
	*name = ops->owner ? module_name(ops->owner) : "built-in";
	return ops->owner;
}

/**
 * faultq_driver_get() - the IOMMU driver of a device, if it may be bound
 * @dev: a device that has an IOMMU and cannot lose it meanwhile
 * @name: its name, valid as long as the module reference is held
 *
 * Return: the module, referenced (NULL for one that is built in), or -EPERM
 * if the driver is not registered, or -ENODEV if it is being loaded or unloaded.
 */
struct module *faultq_driver_get(struct device *dev, const char **name)
{
	const struct iommu_ops *ops = dev->iommu->iommu_dev->ops;
	struct faultq_driver *driver;
	struct module *owner;

	mutex_lock(&faultq_drivers_lock);
	driver = faultq_driver_find(ops);
	if (!driver) {
		owner = faultq_driver_get_hw(ops, name);
	} else if (faultq_driver_hold(driver->owner)) {
		owner = driver->owner;
		*name = driver->name;
	} else {
		owner = ERR_PTR(-ENODEV);
	}
	mutex_unlock(&faultq_drivers_lock);
	return owner;
}

/* As VFIO and iommufd have it. */
static int faultq_driver_check_interrupts(struct device *dev,
					  struct iommu_group *group)
{
	const struct faultq_driver *driver = faultq_driver_of(dev);

	if ((driver && driver->no_interrupts) ||
	    iommu_group_has_isolated_msi(group))
		return 0;
	if (!allow_unsafe_interrupts)
		return -EPERM;
	dev_warn(dev, "faultq: its DMA can trigger interrupts of others\n");
	return 0;
}

/**
 * faultq_driver_check_device() - may this device be given to user space?
 * @dev: a device whose IOMMU driver is referenced
 * @group: its group
 *
 * Memory is mapped as coherent with the processors' caches, since user space has
 * no means to make it so.
 *
 * Return: 0; -EINVAL if its DMA is not coherent; -EPERM if it can trigger any
 * interrupt of the machine.
 */
int faultq_driver_check_device(struct device *dev, struct iommu_group *group)
{
	if (!device_iommu_capable(dev, IOMMU_CAP_CACHE_COHERENCY))
		return -EINVAL;
	return faultq_driver_check_interrupts(dev, group);
}

/**
 * faultq_driver_of() - the registration of a device's IOMMU driver
 * @dev: a bound device
 *
 * Return: the registration, valid as long as a reference on the driver's
 * module is held; NULL if there is none.
 */
const struct faultq_driver *faultq_driver_of(struct device *dev)
{
	const struct faultq_driver *driver;

	mutex_lock(&faultq_drivers_lock);
	driver = faultq_driver_find(dev->iommu->iommu_dev->ops);
	mutex_unlock(&faultq_drivers_lock);
	return driver;
}

/*
 * What a device without a registered driver says of itself: a PCI function has
 * PRI, or its firmware node says that it may be stalled. Virtual functions share
 * the PRI of their physical function, which one failing response would stop for
 * all: they are refused, as iommufd refuses them.
 */
static bool faultq_driver_device_faults(struct device *dev)
{
	struct pci_dev *pdev;

	if (device_property_read_bool(dev, "dma-can-stall"))
		return true;
	if (!dev_is_pci(dev))
		return false;
	pdev = to_pci_dev(dev);
	return !pdev->is_virtfn && pci_ats_supported(pdev) &&
	       pci_pri_supported(pdev);
}

/**
 * faultq_driver_format() - look up a format of native records
 * @driver: the registration, or NULL if there is none
 * @native_type: any value
 *
 * Return: the format, or NULL if the driver reports no such records.
 */
const struct faultq_native_format *
faultq_driver_format(const struct faultq_driver *driver, u32 native_type)
{
	const struct faultq_native_format *const *format =
		driver ? driver->native_formats : NULL;

	for (; format && *format; format++)
		if ((*format)->type == native_type)
			return *format;
	return NULL;
}

/**
 * faultq_driver_page_requests() - can this device make page requests?
 * @dev: a bound device
 *
 * Both must be able to: the IOMMU driver to respond, the device to ask.
 */
bool faultq_driver_page_requests(struct device *dev)
{
	const struct iommu_ops *ops = dev->iommu->iommu_dev->ops;
	const struct faultq_driver *driver = faultq_driver_of(dev);

	if (!ops->page_response)
		return false;
	if (driver && driver->page_requests)
		return driver->page_requests(dev);
	return faultq_driver_device_faults(dev);
}

/**
 * faultq_driver_drain() - wait for page requests that are being reported
 * @dev: a bound device
 *
 * A driver that is not registered is trusted to have none on their way when it
 * replaces a domain, as iommufd trusts it.
 */
void faultq_driver_drain(struct device *dev)
{
	const struct faultq_driver *driver = faultq_driver_of(dev);

	if (driver && driver->drain)
		driver->drain(dev);
}
