/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The modules, where the VM has them.
 */
#ifndef SUPPORT_MODULE_H
#define SUPPORT_MODULE_H

#define FAULTQ_KO "/modules/faultq.ko"
#define MOCK_KO "/modules/mock_iommu.ko"

/* All return 0 or -errno. */
int module_insert(const char *path, const char *parameters);
int module_insert_file(int fd, const char *parameters);
int module_remove(const char *name);

#endif /* SUPPORT_MODULE_H */
