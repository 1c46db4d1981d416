/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of /dev/mock_iommu. Each gets the kernel's copy of its structure,
 * named mock_iommu_* as the function is mock_ioctl_*, and returns 0 or an
 * error of those that the uapi header lists.
 */
#ifndef MOCK_CONTROL_H
#define MOCK_CONTROL_H

/* control_topology.c: instances and endpoints come, go and tell about them */

int mock_ioctl_iommu_add(void *arg);
void mock_undo_iommu_add(void *arg);
int mock_ioctl_iommu_remove(void *arg);
int mock_ioctl_iommu_info(void *arg);
int mock_ioctl_iommu_stats(void *arg);
int mock_ioctl_iommu_irq(void *arg);
int mock_ioctl_endpoint_add(void *arg);
void mock_undo_endpoint_add(void *arg);
int mock_ioctl_endpoint_remove(void *arg);
int mock_ioctl_endpoint_info(void *arg);
int mock_ioctl_endpoint_stats(void *arg);

/* control_traffic.c: what an endpoint does */

int mock_ioctl_endpoint_reset(void *arg);
int mock_ioctl_dma(void *arg);
int mock_ioctl_page_request(void *arg);
int mock_ioctl_response_read(void *arg);
int mock_ioctl_misbehave(void *arg);
int mock_ioctl_fault(void *arg);
int mock_ioctl_queue_error(void *arg);

#endif /* MOCK_CONTROL_H */
