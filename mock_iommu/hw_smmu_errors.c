// SPDX-License-Identifier: GPL-2.0-only
/*
 * Global errors (6.3.18 to 6.3.20): a bit of GERROR is toggled when an error
 * occurs, and that of GERRORN when software has dealt with it. While the two
 * differ the error is active, and its next occurrence is not told.
 */
#include "hw_smmu.h"

/* Takes note of an error; hw_smmu_error_raise() sends the interrupt. */
void hw_smmu_error(struct hw_smmu *smmu, u32 bit)
{
	struct hw_smmu_errors *errors = &smmu->errors;

	spin_lock(&errors->lock);
	if (!((errors->gerror ^ errors->gerrorn) & bit)) {
		WRITE_ONCE(errors->gerror, errors->gerror ^ bit);
		WRITE_ONCE(errors->pending, true);
	}
	spin_unlock(&errors->lock);
}

bool hw_smmu_error_active(struct hw_smmu *smmu, u32 bit)
{
	struct hw_smmu_errors *errors = &smmu->errors;

	return (READ_ONCE(errors->gerror) ^ READ_ONCE(errors->gerrorn)) & bit;
}

/* Only an error that is active can be acknowledged. */
void hw_smmu_error_ack(struct hw_smmu *smmu, u32 gerrorn)
{
	struct hw_smmu_errors *errors = &smmu->errors;
	u32 active;

	spin_lock(&errors->lock);
	active = errors->gerror ^ errors->gerrorn;
	WRITE_ONCE(errors->gerrorn,
		   errors->gerrorn ^ ((errors->gerrorn ^ gerrorn) & active));
	spin_unlock(&errors->lock);
}

void hw_smmu_error_enable_irq(struct hw_smmu *smmu, bool enabled)
{
	spin_lock(&smmu->errors.lock);
	WRITE_ONCE(smmu->errors.irq_enabled, enabled);
	spin_unlock(&smmu->errors.lock);
}

/* Sends the interrupt if one is due and enabled. Runs the handler. */
void hw_smmu_error_raise(struct hw_smmu *smmu)
{
	struct hw_smmu_errors *errors = &smmu->errors;
	bool send;

	if (!READ_ONCE(errors->pending))
		return;
	spin_lock(&errors->lock);
	send = errors->pending && errors->irq_enabled;
	if (send)
		WRITE_ONCE(errors->pending, false);
	spin_unlock(&errors->lock);
	if (send)
		smmu->hw.irq(smmu->hw.irq_data, HW_IRQ_ERROR);
}
