// SPDX-License-Identifier: GPL-2.0-only
/*
 * The QUEUE object: made, killed, freed.
 *
 * It is killed when its context or its file ends, whichever comes first:
 * everything pending is answered then, and whatever arrives later is answered
 * on arrival. It is freed when id, file and every HWPT have let go of it.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/nospec.h>
#include <linux/slab.h>

#include "faultq_private.h"

/* Guards the list of queues, which debugfs walks. */
DEFINE_MUTEX(faultq_queues_lock);
LIST_HEAD(faultq_queues);

static const struct faultq_queue_kind *const faultq_queue_kinds[] = {
	&faultq_queue_iopf,
	&faultq_queue_event,
};

static const struct faultq_queue_kind *faultq_queue_kind_find(u32 type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faultq_queue_kinds); i++)
		if (faultq_queue_kinds[i]->type == type)
			return faultq_queue_kinds[i];
	return NULL;
}

static int faultq_queue_check(const struct faultq_queue_kind *kind,
			      const struct faultq_queue_alloc *arg)
{
	if (!kind)
		return -EOPNOTSUPP;
	if (!arg->nr_rings || arg->nr_rings > FAULTQ_MAX_RINGS ||
	    !is_power_of_2(arg->nr_records) ||
	    arg->nr_records > FAULTQ_MAX_RECORDS)
		return -EINVAL;
	return kind->check(arg);
}

static void faultq_queue_free(struct faultq_queue *queue)
{
	u32 i;

	for (i = 0; i < queue->nr_rings; i++)
		faultq_ring_free(&queue->rings[i]);
	kvfree(queue);
	faultq_live_dec();
}

/* No report is at work with it: a grace period has passed, or it needs none. */
static void faultq_queue_free_work(struct work_struct *work)
{
	faultq_queue_free(container_of(to_rcu_work(work), struct faultq_queue,
				       free_work));
}

static struct faultq_queue *
faultq_queue_new(const struct faultq_queue_kind *kind,
		 const struct faultq_queue_alloc *arg)
{
	struct faultq_queue *queue;
	u32 i;

	queue = kvzalloc(struct_size(queue, rings, arg->nr_rings),
			 GFP_KERNEL_ACCOUNT);
	if (!queue)
		return NULL;
	faultq_live_inc();
	queue->kind = kind;
	queue->nr_rings = arg->nr_rings;
	queue->nr_records = arg->nr_records;
	refcount_set(&queue->users, 1);
	INIT_RCU_WORK(&queue->free_work, faultq_queue_free_work);
	init_waitqueue_head(&queue->wait);
	INIT_LIST_HEAD(&queue->node);
	kind->init(queue, arg);

	for (i = 0; i < queue->nr_rings; i++) {
		if (faultq_ring_alloc(&queue->rings[i], queue, i)) {
			faultq_queue_free(queue);
			return NULL;
		}
	}
	return queue;
}

/**
 * faultq_queue_put() - let go of a QUEUE
 * @queue: freed with the last reference
 */
void faultq_queue_put(struct faultq_queue *queue)
{
	if (!refcount_dec_and_test(&queue->users))
		return;
	mutex_lock(&faultq_queues_lock);
	list_del(&queue->node);
	mutex_unlock(&faultq_queues_lock);
	if (queue->kind->late)
		queue_rcu_work(faultq_workqueue, &queue->free_work);
	else
		faultq_queue_free(queue);
}

/**
 * faultq_queue_get() - the QUEUE of an id, for an HWPT that names it
 * @ctx: the context
 * @id: any value
 *
 * The caller gets both a use of the object, which keeps the id from being
 * destroyed, and a reference of the memory.
 *
 * Return: the QUEUE, or NULL if there is none for page requests.
 */
struct faultq_queue *faultq_queue_get(struct faultq_ctx *ctx, u32 id)
{
	struct faultq_object *object;
	struct faultq_queue *queue;

	object = faultq_object_get(ctx, id, FAULTQ_OBJECT_QUEUE);
	if (!object)
		return NULL;
	queue = container_of(object, struct faultq_queue, object);
	if (!queue->kind->answered) {
		faultq_object_put(object);
		return NULL;
	}
	refcount_inc(&queue->users);
	return queue;
}

/**
 * faultq_queue_kill() - end all that is pending, and all that will come
 * @queue: the QUEUE; a second call finds nothing to do
 */
void faultq_queue_kill(struct faultq_queue *queue)
{
	WRITE_ONCE(queue->dead, true);
	queue->kind->kill(queue);
	faultq_queue_wake(queue);
}

/**
 * faultq_queue_wake() - wake everyone who sleeps in read() or poll() of a QUEUE
 * @queue: the QUEUE
 *
 * Each of them looks at the QUEUE again, which is how the next wake-up is asked
 * for. Hence no event mask is passed: io_uring's multishot poll would report the
 * mask and not call poll() again. And hence exclusive waiters are all woken: the
 * one that is chosen may be killed or frozen before it looks, and the others
 * would sleep for ever.
 */
void faultq_queue_wake(struct faultq_queue *queue)
{
	wake_up_interruptible_all(&queue->wait);
}

void faultq_queue_destroy(struct faultq_object *object)
{
	struct faultq_queue *queue =
		container_of(object, struct faultq_queue, object);

	faultq_queue_kill(queue);
	faultq_queue_put(queue);
}

/**
 * faultq_queue_ring() - a ring of a QUEUE
 * @queue: the QUEUE
 * @index: any value
 *
 * Return: the ring, or NULL if there is none.
 */
struct faultq_ring *faultq_queue_ring(struct faultq_queue *queue,
				      unsigned long index)
{
	if (index >= queue->nr_rings)
		return NULL;
	return &queue->rings[array_index_nospec(index, queue->nr_rings)];
}

/* The file holds a reference from here on, and fput() lets go of it. */
static struct file *faultq_queue_open(struct faultq_queue *queue)
{
	struct file *file;

	file = anon_inode_getfile("[faultq]", &faultq_queue_fops, queue,
				  O_RDWR);
	if (IS_ERR(file))
		return file;
	refcount_inc(&queue->users);
	stream_open(file_inode(file), file);
	file->f_mode |= FMODE_NOWAIT;
	return file;
}

/* The file is installed last: from then on user space can use it. */
static int faultq_queue_install(struct faultq_cmd *cmd,
				struct faultq_queue *queue)
{
	struct faultq_queue_alloc *arg = cmd->arg;
	struct file *file;
	int fd, ret;

	file = faultq_queue_open(queue);
	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		ret = fd;
		goto err_file;
	}
	arg->out_queue_id = queue->object.id;
	arg->out_queue_fd = fd;
	ret = faultq_cmd_reply(cmd, sizeof(*arg));
	if (ret)
		goto err_fd;
	mutex_lock(&faultq_queues_lock);
	list_add_tail(&queue->node, &faultq_queues);
	mutex_unlock(&faultq_queues_lock);
	faultq_object_publish(&queue->object);
	WRITE_ONCE(queue->known, true);
	fd_install(fd, file);
	return 0;

err_fd:
	put_unused_fd(fd);
err_file:
	fput(file);
	return ret;
}

static int faultq_queue_connect(struct faultq_cmd *cmd,
				struct faultq_queue *queue)
{
	const struct faultq_queue_alloc *arg = cmd->arg;
	int ret = 0;

	if (queue->kind->connect)
		ret = queue->kind->connect(queue, cmd->ctx, arg->source_id);
	return ret ?: faultq_queue_install(cmd, queue);
}

int faultq_queue_alloc(struct faultq_cmd *cmd)
{
	const struct faultq_queue_alloc *arg = cmd->arg;
	const struct faultq_queue_kind *kind;
	struct faultq_queue *queue;
	int ret;

	kind = faultq_queue_kind_find(arg->type);
	ret = faultq_queue_check(kind, arg);
	if (ret)
		return ret;
	queue = faultq_queue_new(kind, arg);
	if (!queue)
		return -ENOMEM;
	ret = faultq_object_init(cmd->ctx, &queue->object, FAULTQ_OBJECT_QUEUE);
	if (ret)
		goto err_put;
	ret = faultq_queue_connect(cmd, queue);
	if (ret)
		goto err_abort;
	return 0;

err_abort:
	faultq_queue_kill(queue);
	faultq_object_abort(&queue->object);
err_put:
	faultq_queue_put(queue);
	return ret;
}
