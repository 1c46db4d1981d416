// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file of a QUEUE: mmap(), read(), write(), poll() and its small ioctls.
 */
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/uio.h>
#include <uapi/linux/iommufd.h>

#include "faultq_private.h"

static bool faultq_queue_readable(struct faultq_queue *queue, bool polled)
{
	bool readable = false;
	u32 i;

	/* every ring, since each one must be armed */
	for (i = 0; i < queue->nr_rings; i++)
		readable |= queue->kind->readable(&queue->rings[i], polled);
	return readable;
}

static void faultq_read_unlock(struct faultq_ring *ring)
{
	mutex_unlock(&ring->read_lock);
	smp_mb(); /* N */
	if (likely(!READ_ONCE(ring->turned_away)))
		return;
	WRITE_ONCE(ring->turned_away, false);
	faultq_queue_wake(ring->queue);
}

/*
 * Whoever reads may wait for memory of his own, as long as he likes. Who is not
 * to wait for him passes the ring by.
 */
static ssize_t faultq_read_ring(struct faultq_ring *ring, struct iov_iter *to,
				bool nowait)
{
	ssize_t ret;

	if (nowait && !mutex_trylock(&ring->read_lock))
		return 0;
	if (!nowait && mutex_lock_interruptible(&ring->read_lock))
		return -ERESTARTSYS;
	ret = ring->queue->kind->read(ring, to);
	faultq_read_unlock(ring);
	return ret;
}

/* A reader with a small buffer gets to every ring, as the next one goes first. */
static ssize_t faultq_read_rings(struct faultq_queue *queue,
				 struct iov_iter *to, bool nowait)
{
	u32 i, index, first = READ_ONCE(queue->next_ring);
	ssize_t ret, done = 0;

	for (i = 0; i < queue->nr_rings && iov_iter_count(to); i++) {
		index = (first + i) % queue->nr_rings;
		ret = faultq_read_ring(&queue->rings[index], to, nowait);
		if (ret < 0)
			return done ?: ret;
		if (ret)
			WRITE_ONCE(queue->next_ring,
				   (index + 1) % queue->nr_rings);
		done += ret;
	}
	return done;
}

/*
 * Is no one else reading? Whoever is turned away leaves a note before he looks
 * again: either the ring is free by then, or whoever has it finds the note after
 * he has let go of it.
 *
 *   M pairs with N: one of the two sees the other's store.
 */
static bool faultq_read_free(struct faultq_ring *ring)
{
	if (!mutex_is_locked(&ring->read_lock))
		return true;
	WRITE_ONCE(ring->turned_away, true);
	smp_mb(); /* M */
	return !mutex_is_locked(&ring->read_lock);
}

/*
 * Are there records that can be read without waiting? If not, each ring is going
 * to wake us: one that is empty was armed, one that is being read has our note.
 */
static bool faultq_queue_readable_now(struct faultq_queue *queue)
{
	bool readable = false;
	u32 i;

	for (i = 0; i < queue->nr_rings; i++)
		readable |= queue->kind->readable(&queue->rings[i], false) &&
			    faultq_read_free(&queue->rings[i]);
	return readable;
}

static bool faultq_queue_ready(struct faultq_queue *queue)
{
	return READ_ONCE(queue->dead) || faultq_queue_readable(queue, false);
}

static int faultq_queue_sleep(struct faultq_queue *queue)
{
	return wait_event_interruptible(queue->wait, faultq_queue_ready(queue));
}

static ssize_t faultq_queue_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct faultq_queue *queue = iocb->ki_filp->private_data;
	bool nowait = (iocb->ki_flags & IOCB_NOWAIT) ||
		      (iocb->ki_filp->f_flags & O_NONBLOCK);
	ssize_t ret;

	ret = queue->kind->check_read(iov_iter_count(to));
	if (ret)
		return ret;
	for (;;) {
		if (READ_ONCE(queue->dead))
			return -ENODEV;
		ret = faultq_read_rings(queue, to, nowait);
		if (ret)
			return ret;
		/* asks for the wake-up, so that EAGAIN and then poll() works */
		if (nowait) {
			if (!faultq_queue_readable_now(queue))
				return -EAGAIN;
		} else if (faultq_queue_sleep(queue)) {
			return -ERESTARTSYS;
		}
		/* a tail that someone keeps moving can keep this loop going */
		if (signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
}

static ssize_t faultq_queue_write_iter(struct kiocb *iocb,
				       struct iov_iter *from)
{
	struct faultq_queue *queue = iocb->ki_filp->private_data;
	int error;
	u32 done;

	BUILD_BUG_ON(sizeof(struct faultq_response) !=
		     sizeof(struct iommu_hwpt_page_response));

	if (!queue->kind->answered)
		return READ_ONCE(queue->dead) ? -ENODEV : -EOPNOTSUPP;
	if (!iov_iter_count(from) ||
	    iov_iter_count(from) % sizeof(struct faultq_response))
		return -EINVAL;
	if (READ_ONCE(queue->dead))
		return -ENODEV;
	done = faultq_write_all(queue, from, &error);
	return done ? (ssize_t)(done * sizeof(struct faultq_response)) : error;
}

int faultq_queue_respond(struct faultq_cmd *cmd)
{
	struct faultq_queue_respond *arg = cmd->arg;
	struct iov_iter from;
	int error, ret;

	if (arg->flags || !cmd->queue->kind->answered)
		return -EOPNOTSUPP;
	if (arg->__reserved || arg->nr_responses > FAULTQ_MAX_RESPONSES)
		return -EINVAL;
	error = import_ubuf(ITER_SOURCE, u64_to_user_ptr(arg->responses_uptr),
			    arg->nr_responses * sizeof(struct faultq_response),
			    &from);
	arg->nr_responses = 0;
	if (!error)
		arg->nr_responses = faultq_write_all(cmd->queue, &from, &error);
	ret = faultq_cmd_reply(cmd, sizeof(*arg));
	return error ?: ret;
}

static __poll_t faultq_queue_poll(struct file *file,
				  struct poll_table_struct *wait)
{
	struct faultq_queue *queue = file->private_data;
	__poll_t events = queue->kind->answered ? EPOLLOUT | EPOLLWRNORM : 0;

	poll_wait(file, &queue->wait, wait);
	if (READ_ONCE(queue->dead))
		return EPOLLHUP | EPOLLERR;
	/* who waits for EPOLLHUP alone is not to be woken for records */
	if (poll_requested_events(wait) & (EPOLLIN | EPOLLRDNORM) &&
	    faultq_queue_readable(queue, true))
		events |= EPOLLIN | EPOLLRDNORM;
	return events;
}

/* Offset of a mapping to ring and region, see FAULTQ_MMAP_OFFSET. */
static struct faultq_region *faultq_mmap_region(struct faultq_queue *queue,
						u64 offset)
{
	u32 index = (offset & U32_MAX) >> 30;
	struct faultq_ring *ring;

	if (offset & (BIT_ULL(30) - 1))
		return NULL;
	ring = faultq_queue_ring(queue, offset >> 32);
	if (!ring || index >= ARRAY_SIZE(ring->regions))
		return NULL;
	return &ring->regions[array_index_nospec(index,
						 ARRAY_SIZE(ring->regions))];
}

static int faultq_queue_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct faultq_queue *queue = file->private_data;
	u64 offset = (u64)vma->vm_pgoff << PAGE_SHIFT;
	struct faultq_region *region = faultq_mmap_region(queue, offset);

	if (!region || !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (READ_ONCE(queue->dead))
		return -ENODEV;
	if ((offset & U32_MAX) >> 30 == FAULTQ_REGION_RECORDS) {
		if (vma->vm_flags & VM_WRITE)
			return -EPERM;
		vm_flags_clear(vma, VM_MAYWRITE);
	}
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	return faultq_region_mmap(region, vma);
}

int faultq_queue_info(struct faultq_cmd *cmd)
{
	struct faultq_region *regions = cmd->queue->rings[0].regions;
	struct faultq_queue_info *arg = cmd->arg;

	if (arg->flags)
		return -EOPNOTSUPP;
	if (arg->__reserved)
		return -EINVAL;
	arg->out_type = cmd->queue->kind->type;
	arg->out_nr_rings = cmd->queue->nr_rings;
	arg->out_records_size = regions[FAULTQ_REGION_RECORDS].nr_pages
				<< PAGE_SHIFT;
	arg->out_control_size = regions[FAULTQ_REGION_CONTROL].nr_pages
				<< PAGE_SHIFT;
	arg->out_responses_size = regions[FAULTQ_REGION_RESPONSES].nr_pages
				  << PAGE_SHIFT;
	return faultq_cmd_reply(cmd, sizeof(*arg));
}

int faultq_queue_eventfd(struct faultq_cmd *cmd)
{
	struct faultq_queue_eventfd *arg = cmd->arg;
	struct faultq_ring *ring = faultq_queue_ring(cmd->queue, arg->ring);
	struct eventfd_ctx *eventfd = NULL;

	if (!ring || arg->__reserved || arg->fd < -1)
		return -EINVAL;
	if (arg->fd != -1) {
		eventfd = eventfd_ctx_fdget(arg->fd);
		if (IS_ERR(eventfd))
			return PTR_ERR(eventfd);
	}
	eventfd = cmd->queue->kind->set_eventfd(ring, eventfd);
	if (eventfd)
		eventfd_ctx_put(eventfd);
	return 0;
}

static int faultq_queue_release(struct inode *inode, struct file *file)
{
	struct faultq_queue *queue = file->private_data;

	faultq_queue_kill(queue);
	faultq_queue_put(queue);
	return 0;
}

const struct file_operations faultq_queue_fops = {
	.owner = THIS_MODULE,
	.read_iter = faultq_queue_read_iter,
	.write_iter = faultq_queue_write_iter,
	.poll = faultq_queue_poll,
	.mmap = faultq_queue_mmap,
	.unlocked_ioctl = faultq_queue_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = faultq_queue_release,
};
