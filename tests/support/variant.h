/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VARIANT_H
#define VARIANT_H

/* FIXTURE_VARIANT_ADD(fixture, name) VALUES(.field = value, ...); */
#define VALUES(...)         \
	{                   \
		__VA_ARGS__ \
	}

#endif /* VARIANT_H */
