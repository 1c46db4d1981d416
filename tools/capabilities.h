/* SPDX-License-Identifier: MIT */
/*
 * What faultq can do with a device, which it tells of a device taken over.
 */
#ifndef FAULTQ_CAPABILITIES_H
#define FAULTQ_CAPABILITIES_H

/* @device is taken over in context @ctx for as long as it takes. */
void capabilities_text(int ctx, const char *device);
void capabilities_json(int ctx, const char *device);

#endif /* FAULTQ_CAPABILITIES_H */
