/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware model of SMMUv3, private to hw_smmu_*.c.
 *
 * Lock order, outer first:
 *
 *   hw_vintf.lock		virtual command queues are consumed
 *   hw_smmu_cmdq.lock		the command queue is consumed
 *     hw_iommu.access and hw_endpoint.lock, as hw_model.h says
 *       hw_smmu_stalls.lock
 *         hw_smmu_queue.lock
 *           hw_smmu_errors.lock
 *
 * The first two are never held at once. No interrupt handler is called with any
 * of them held.
 */
#ifndef MOCK_HW_SMMU_H
#define MOCK_HW_SMMU_H

#include "hw_model.h"
#include "smmu.h"

/**
 * struct hw_smmu_queue - event queue or page request queue, and its interrupt
 * @lock: protects what follows
 * @irq: its interrupt; as the next three it never changes
 * @error: its bit in GERROR
 * @size: bytes of a record
 * @strict: nothing is written while an overflow is not acknowledged
 * @base: base register
 * @prod: PROD: index and wrap bit, and the overflow toggle
 * @cons: CONS: the same, as software wrote it
 * @enabled: its bit in CR0
 * @irq_enabled: its bit in IRQ_CTRL
 * @pending: an interrupt waits to be sent
 * @written: records written
 * @dropped: records that were lost
 * @overflows: times that the overflow was signalled
 * @interrupts: interrupts sent
 */
struct hw_smmu_queue {
	spinlock_t lock; /* all that follows */
	enum hw_irq irq;
	u32 error;
	u32 size;
	bool strict;
	u64 base;
	u32 prod;
	u32 cons;
	bool enabled;
	bool irq_enabled;
	bool pending;
	u64 written;
	u64 dropped;
	u64 overflows;
	u64 interrupts;
};

/**
 * struct hw_smmu_cmdq - command queue
 * @lock: protects what follows
 * @base: base register
 * @prod: PROD: index and wrap bit behind the last command
 * @cons: CONS: those of the next command, and why it stopped
 * @enabled: CR0.CMDQEN
 * @late: an endpoint did not answer an invalidation: the next SYNC fails
 * @executed: commands executed
 * @stops: times that an error stopped it
 */
struct hw_smmu_cmdq {
	struct mutex lock; /* all that follows */
	u64 base;
	u32 prod;
	u32 cons;
	bool enabled;
	bool late;
	u64 executed;
	u64 stops;
};

/**
 * struct hw_smmu_errors - global errors and their interrupt
 * @lock: protects what follows
 * @gerror: GERROR
 * @gerrorn: GERRORN
 * @irq_enabled: IRQ_CTRL.GERROR_IRQEN
 * @pending: an interrupt waits to be sent
 */
struct hw_smmu_errors {
	spinlock_t lock; /* all that follows */
	u32 gerror;
	u32 gerrorn;
	bool irq_enabled;
	bool pending;
};

/* IDR5.STALL_MAX */
#define HW_SMMU_STALLS 1024

/**
 * enum hw_smmu_stall_state - what is with a STAG
 * @HW_SMMU_STALL_FREE: it is free
 * @HW_SMMU_STALL_HELD: a transaction is stalled, its event not yet written since
 *	the event queue was full
 * @HW_SMMU_STALL_TOLD: its event is written: a CMD_RESUME will come
 */
enum hw_smmu_stall_state {
	HW_SMMU_STALL_FREE,
	HW_SMMU_STALL_HELD,
	HW_SMMU_STALL_TOLD,
};

/**
 * struct hw_smmu_stall - a stalled transaction
 * @state: one of enum hw_smmu_stall_state
 * @wait: whose it is; NULL if the endpoint was reset, unplugged, or gave up: the
 *	STAG is not used again before software has answered
 * @ep: the endpoint, with @wait
 * @event: what is told of it; its stream id is what a CMD_RESUME must have
 */
struct hw_smmu_stall {
	enum hw_smmu_stall_state state;
	struct hw_wait *wait;
	struct hw_endpoint *ep;
	struct smmu_event event;
};

/**
 * struct hw_smmu_stalls - stalled transactions, by STAG
 * @lock: protects what follows
 * @room: for a STAG to become free
 * @next: where to look for a free STAG: the one free for longest, if all are
 *	used in turn
 * @used: STAGs that are not free
 * @held: of those, in the state of that name
 * @stalled: transactions stalled, ever
 * @tags: by STAG
 */
struct hw_smmu_stalls {
	spinlock_t lock; /* all that follows */
	wait_queue_head_t room;
	u32 next;
	u32 used;
	u32 held;
	u64 stalled;
	struct hw_smmu_stall tags[HW_SMMU_STALLS];
};

/**
 * struct hw_smmu - an SMMUv3
 * @hw: what all kinds have; the IOTLB has the VMID as id and the ASID as PASID
 * @cr0: CR0
 * @strtab_base: STRTAB_BASE
 * @strtab_cfg: STRTAB_BASE_CFG
 * @cmdq: command queue
 * @evtq: event queue
 * @priq: page request queue
 * @errors: global errors
 * @stalls: stalled transactions
 * @faults: faults that no one will repair
 * @invalidations: invalidations done; written with &hw_iommu.access held for
 *	writing
 * @vcmdq_commands: commands executed from virtual command queues
 * @vcmdq_stops: times that one of them stopped
 */
struct hw_smmu {
	struct hw_iommu hw;
	u32 cr0;
	u64 strtab_base;
	u32 strtab_cfg;
	struct hw_smmu_cmdq cmdq;
	struct hw_smmu_queue evtq;
	struct hw_smmu_queue priq;
	struct hw_smmu_errors errors;
	struct hw_smmu_stalls stalls;
	atomic64_t faults;
	u64 invalidations;
	atomic64_t vcmdq_commands;
	atomic64_t vcmdq_stops;
};

static inline struct hw_smmu *to_hw_smmu(struct hw_iommu *hw)
{
	return container_of(hw, struct hw_smmu, hw);
}

/* hw_smmu_errors.c: global errors */

void hw_smmu_error(struct hw_smmu *smmu, u32 bit);
bool hw_smmu_error_active(struct hw_smmu *smmu, u32 bit);
void hw_smmu_error_ack(struct hw_smmu *smmu, u32 gerrorn);
void hw_smmu_error_enable_irq(struct hw_smmu *smmu, bool enabled);
void hw_smmu_error_raise(struct hw_smmu *smmu);

/* hw_smmu_queue.c: what event queue and page request queue have in common */

enum hw_smmu_q_reg {
	HW_SMMU_Q_BASE,
	HW_SMMU_Q_PROD,
	HW_SMMU_Q_CONS,
};

u32 hw_smmu_q_mask(u64 base);
void hw_smmu_q_init(struct hw_smmu_queue *q, enum hw_irq irq, u32 error,
		    u32 size, bool strict);
bool hw_smmu_q_put(struct hw_smmu *smmu, struct hw_smmu_queue *q,
		   const void *record);
bool hw_smmu_q_last(struct hw_smmu_queue *q, void *record);
void hw_smmu_q_lose(struct hw_smmu *smmu, struct hw_smmu_queue *q);
void hw_smmu_q_raise(struct hw_smmu *smmu, struct hw_smmu_queue *q);
void hw_smmu_q_enable(struct hw_smmu_queue *q, bool enabled);
void hw_smmu_q_enable_irq(struct hw_smmu_queue *q, bool enabled);
u64 hw_smmu_q_read(struct hw_smmu_queue *q, enum hw_smmu_q_reg reg);
void hw_smmu_q_write(struct hw_smmu_queue *q, enum hw_smmu_q_reg reg,
		     u64 value);

/* hw_smmu_evtq.c: events */

void hw_smmu_event(const struct hw_source *source,
		   const struct hw_request *request, u8 reason,
		   const struct hw_fault *fault, struct smmu_event *event);
bool hw_smmu_evtq_put(struct hw_smmu *smmu, const struct smmu_event *event);
void hw_smmu_record(struct hw_iommu *hw, const struct hw_source *source,
		    bool ats, const struct hw_request *request, u8 reason,
		    const struct hw_fault *fault);

/* hw_smmu_priq.c: page requests */

bool hw_smmu_request(struct hw_iommu *hw, u16 rid,
		     const struct mock_iommu_request *request, u32 *code);
bool hw_smmu_pri_resp(struct hw_smmu *smmu, const struct smmu_cmd *cmd);

/* hw_smmu_stall.c: stalled transactions */

void hw_smmu_stalls_init(struct hw_smmu_stalls *stalls);
int hw_smmu_stall(struct hw_endpoint *ep, const struct hw_source *source,
		  const struct hw_request *request, u8 reason,
		  const struct hw_fault *fault, struct hw_wait *wait);
bool hw_smmu_stall_cancel(struct hw_endpoint *ep, struct hw_wait *wait);
int hw_smmu_stall_wait(struct hw_endpoint *ep, u32 resets);
void hw_smmu_stall_abandon(struct hw_endpoint *ep, u32 status);
bool hw_smmu_stall_write_held(struct hw_smmu *smmu);
bool hw_smmu_resume(struct hw_smmu *smmu, const struct smmu_cmd *cmd);
void hw_smmu_stall_term(struct hw_smmu *smmu, u32 sid);

/* hw_smmu_format.c: AArch64 page tables */

extern const struct hw_format hw_smmu_first_stage;
extern const struct hw_format hw_smmu_second_stage;

u64 hw_smmu_beyond(u32 size);

/* hw_smmu_context.c: from a stream to its tables */

/**
 * struct hw_smmu_context - how requests of one source are translated
 * @ste: the first words of the stream table entry
 * @cd: the first words of the context descriptor, with @s1
 * @s1: there is a first stage
 * @s2: there is a second stage
 * @first: page table of the first stage, with @s1
 * @second: page table of the second stage, with @s2
 */
struct hw_smmu_context {
	u64 ste[4];
	u64 cd[2];
	bool s1;
	bool s2;
	struct hw_table first;
	struct hw_table second;
};

u8 hw_smmu_second(struct hw_smmu_context *context);
u8 hw_smmu_context(struct hw_smmu *smmu, const struct hw_source *source,
		   bool ats, struct hw_smmu_context *context,
		   struct hw_fault *fault);

/* hw_smmu_translate.c */

u8 hw_smmu_translate(struct hw_iommu *hw, const struct hw_source *source,
		     bool ats, const struct hw_request *request,
		     struct hw_page *page, struct hw_fault *fault);
bool hw_smmu_recoverable(u8 reason);

/* hw_smmu_cmd.c: commands, whichever queue they come from */

u32 hw_smmu_execute(struct hw_smmu *smmu, const struct smmu_cmd *cmd,
		    bool *late);

/* hw_smmu_cmdq.c: the command queue */

u64 hw_smmu_cmdq_read(struct hw_smmu *smmu, unsigned int reg);
void hw_smmu_cmdq_write(struct hw_smmu *smmu, unsigned int reg, u64 value);
void hw_smmu_cmdq_enable(struct hw_smmu *smmu, bool enabled);
void hw_smmu_cmdq_run(struct hw_smmu *smmu);

#endif /* MOCK_HW_SMMU_H */
