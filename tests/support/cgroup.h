/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A memory cgroup (version 2) of a test's own.
 */
#ifndef SUPPORT_CGROUP_H
#define SUPPORT_CGROUP_H

/**
 * struct cgroup - a memory cgroup
 * @path: its directory; empty if there is none
 */
struct cgroup {
	char path[64];
};

int cgroup_make(struct cgroup *cgroup);
void cgroup_free(struct cgroup *cgroup);
int cgroup_enter(const struct cgroup *cgroup);
int cgroup_set(const struct cgroup *cgroup, const char *file,
	       const char *value);
long long cgroup_get(const struct cgroup *cgroup, const char *file,
		     const char *name);

#endif /* SUPPORT_CGROUP_H */
