// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ring algorithm of ring/faultq_ring.h, both sides of it, in user space.
 */
#include <faultq_ring.h>
#include <pthread.h>
#include <sched.h>

#include "kselftest_harness.h"
#include "variant.h"

/* Indices from which a ring soon runs through 2^32, and others */
static const __u32 starts[] = {
	0, 1, 7, 0x7ffffff8, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff,
};

#define SIZE 8
#define NR(array) (sizeof(array) / sizeof((array)[0]))

struct pair {
	struct faultq_ring_side prod;
	struct faultq_ring_side cons;
	__u32 head;
	__u32 tail;
	__u32 wake;
	__u64 slots[SIZE];
};

FIXTURE(ring)
{
	struct pair r;
};

FIXTURE_VARIANT(ring)
{
	__u32 start;
};

FIXTURE_VARIANT_ADD(ring, from_0) VALUES(.start = 0);
FIXTURE_VARIANT_ADD(ring, through_2_31) VALUES(.start = 0x7ffffffd);
FIXTURE_VARIANT_ADD(ring, through_2_32) VALUES(.start = 0xfffffffd);

FIXTURE_SETUP(ring)
{
	faultq_ring_init(&self->r.prod, SIZE, variant->start);
	faultq_ring_init(&self->r.cons, SIZE, variant->start);
	self->r.head = variant->start;
	self->r.tail = variant->start;
}

FIXTURE_TEARDOWN(ring)
{
}

static void produce(struct pair *ring, __u64 value)
{
	ring->slots[faultq_ring_slot(&ring->prod, ring->prod.mine)] = value;
	faultq_prod_publish(&ring->prod, &ring->head, 1);
}

static __u64 consume(struct pair *ring)
{
	__u64 value;

	value = ring->slots[faultq_ring_slot(&ring->cons, ring->cons.mine)];
	faultq_cons_release(&ring->cons, &ring->tail, 1);
	return value;
}

static bool arm(struct pair *ring)
{
	return faultq_cons_arm(&ring->cons, &ring->wake, &ring->head);
}

static bool must_wake(struct pair *ring, __u32 nr)
{
	return faultq_prod_must_wake(&ring->prod, &ring->wake, nr);
}

TEST_F(ring, begins_empty)
{
	EXPECT_EQ(SIZE, faultq_prod_free(&self->r.prod));
	EXPECT_EQ(0, faultq_cons_refresh(&self->r.cons, &self->r.head));
	EXPECT_EQ(0, faultq_cons_ready(&self->r.cons));
}

TEST_F(ring, fills_up_and_empties_in_order)
{
	__u64 next = 0, expected = 0;
	int i, round;

	for (round = 0; round < 5; round++) {
		ASSERT_EQ(0, faultq_prod_refresh(&self->r.prod, &self->r.tail));
		ASSERT_EQ(SIZE, faultq_prod_free(&self->r.prod));
		for (i = 0; i < SIZE; i++)
			produce(&self->r, next++);
		ASSERT_EQ(0, faultq_prod_free(&self->r.prod));
		ASSERT_EQ(0, faultq_prod_refresh(&self->r.prod, &self->r.tail));
		ASSERT_EQ(0, faultq_prod_free(&self->r.prod));

		ASSERT_EQ(0, faultq_cons_refresh(&self->r.cons, &self->r.head));
		ASSERT_EQ(SIZE, faultq_cons_ready(&self->r.cons));
		for (i = 0; i < SIZE; i++)
			ASSERT_EQ(expected++, consume(&self->r));
		ASSERT_EQ(0, faultq_cons_ready(&self->r.cons));
	}
}

/* Each fill level, reached at each place of the ring */
TEST_F(ring, counts_what_is_free_and_ready)
{
	__u32 level, i;

	for (level = 0; level <= SIZE; level++) {
		for (i = 0; i < level; i++)
			produce(&self->r, i);
		ASSERT_EQ(0, faultq_cons_refresh(&self->r.cons, &self->r.head));
		EXPECT_EQ(level, faultq_cons_ready(&self->r.cons));
		EXPECT_EQ(SIZE - level, faultq_prod_free(&self->r.prod));
		for (i = 0; i < level; i++) {
			EXPECT_EQ(i, consume(&self->r));
			EXPECT_EQ(level - i - 1,
				  faultq_cons_ready(&self->r.cons));
		}
		ASSERT_EQ(0, faultq_prod_refresh(&self->r.prod, &self->r.tail));
	}
}

TEST_F(ring, several_slots_become_visible_at_once)
{
	__u32 i;

	for (i = 0; i < 3; i++)
		self->r.slots[faultq_ring_slot(&self->r.prod,
					       self->r.prod.mine + i)] = i;
	ASSERT_EQ(0, faultq_cons_refresh(&self->r.cons, &self->r.head));
	ASSERT_EQ(0, faultq_cons_ready(&self->r.cons));
	faultq_prod_publish(&self->r.prod, &self->r.head, 3);
	ASSERT_EQ(0, faultq_cons_refresh(&self->r.cons, &self->r.head));
	ASSERT_EQ(3, faultq_cons_ready(&self->r.cons));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(i, consume(&self->r));
}

/*
 * Every tail near the two right ones, and those farthest off: only a tail from
 * the last accepted one to the head may be taken over.
 */
TEST_F(ring, producer_takes_over_no_tail_that_cannot_be)
{
	__u32 filled, offset, tail;
	bool right;

	for (filled = 0; filled <= SIZE; filled++) {
		for (offset = -3 * SIZE; offset != 3 * SIZE; offset++) {
			struct faultq_ring_side prod = self->r.prod;

			prod.mine += filled;
			tail = prod.theirs + offset;
			right = offset <= filled;
			EXPECT_EQ(right ? 0 : -1,
				  faultq_prod_refresh(&prod, &tail));
			EXPECT_EQ(right ? tail : self->r.prod.theirs,
				  prod.theirs);
			EXPECT_LE(faultq_prod_free(&prod), SIZE);
		}
		tail = self->r.prod.theirs + 0x80000000;
		EXPECT_EQ(-1, faultq_prod_refresh(&self->r.prod, &tail));
	}
}

TEST_F(ring, consumer_takes_over_no_head_that_cannot_be)
{
	__u32 ready, offset, head;
	bool right;

	for (ready = 0; ready <= SIZE; ready++) {
		for (offset = -3 * SIZE; offset != 3 * SIZE; offset++) {
			struct faultq_ring_side cons = self->r.cons;

			cons.theirs += ready;
			head = cons.mine + offset;
			right = offset >= ready && offset <= SIZE;
			EXPECT_EQ(right ? 0 : -1,
				  faultq_cons_refresh(&cons, &head));
			EXPECT_EQ(right ? head : self->r.cons.mine + ready,
				  cons.theirs);
			EXPECT_LE(faultq_cons_ready(&cons), SIZE);
		}
		head = self->r.cons.mine + 0x80000000;
		EXPECT_EQ(-1, faultq_cons_refresh(&self->r.cons, &head));
	}
}

/* Whatever the index, its slot lies in the ring and neighbours are neighbours */
TEST_F(ring, slots_lie_in_the_ring)
{
	__u32 i, slot;

	for (i = 0; i < NR(starts); i++) {
		slot = faultq_ring_slot(&self->r.prod, starts[i]);
		EXPECT_LT(slot, SIZE);
		EXPECT_EQ((slot + 1) % SIZE,
			  faultq_ring_slot(&self->r.prod, starts[i] + 1));
	}
}

TEST_F(ring, consumer_sleeps_only_on_an_empty_ring)
{
	EXPECT_TRUE(arm(&self->r));
	EXPECT_EQ(self->r.cons.mine, self->r.wake);
	produce(&self->r, 1);
	EXPECT_TRUE(must_wake(&self->r, 1));
	EXPECT_FALSE(arm(&self->r));
}

TEST_F(ring, consumer_is_woken_once)
{
	ASSERT_TRUE(arm(&self->r));
	produce(&self->r, 1);
	EXPECT_TRUE(must_wake(&self->r, 1));
	produce(&self->r, 2);
	EXPECT_FALSE(must_wake(&self->r, 1));
}

TEST_F(ring, index_is_ahead_until_its_slot_is_published)
{
	__u32 i, start;

	for (i = 0; i < NR(starts); i++) {
		start = starts[i];
		faultq_ring_init(&self->r.prod, SIZE, start);
		EXPECT_TRUE(faultq_prod_is_ahead(&self->r.prod, start));
		EXPECT_TRUE(faultq_prod_is_ahead(&self->r.prod, start + SIZE));
		EXPECT_FALSE(faultq_prod_is_ahead(&self->r.prod, start - 1));
		EXPECT_FALSE(faultq_prod_is_ahead(&self->r.prod, start - SIZE));
		faultq_prod_publish(&self->r.prod, &self->r.head, 2);
		EXPECT_FALSE(faultq_prod_is_ahead(&self->r.prod, start + 1));
		EXPECT_TRUE(faultq_prod_is_ahead(&self->r.prod, start + 2));
	}
}

TEST_F(ring, consumer_that_did_not_ask_is_not_woken)
{
	int i;

	ASSERT_TRUE(arm(&self->r));
	produce(&self->r, 0);
	for (i = 1; i < 4 * SIZE; i++) {
		ASSERT_EQ(0, faultq_cons_refresh(&self->r.cons, &self->r.head));
		consume(&self->r);
		ASSERT_EQ(0, faultq_prod_refresh(&self->r.prod, &self->r.tail));
		produce(&self->r, i);
		EXPECT_FALSE(must_wake(&self->r, 1));
	}
}

/* The rule by its words: the slot that was named is among those published */
static bool model_must_wake(__u32 head, __u32 wake, __u32 nr)
{
	__u32 i;

	for (i = 1; i <= nr; i++) {
		if (head - i == wake)
			return true;
	}
	return false;
}

static bool is_as_its_model(struct faultq_ring_side *prod, __u32 wake, __u32 nr)
{
	return faultq_prod_must_wake(prod, &wake, nr) ==
	       model_must_wake(prod->mine, wake, nr);
}

TEST(event_index_is_as_its_model)
{
	struct faultq_ring_side prod;
	__u32 start, step, nr, offset, wake;

	for (start = 0; start < NR(starts); start++) {
		for (step = 0; step < 2 * SIZE; step++) {
			faultq_ring_init(&prod, SIZE, starts[start] + step);
			for (nr = 0; nr <= SIZE; nr++) {
				for (offset = -40; offset != 40; offset++) {
					wake = prod.mine + offset;
					ASSERT_TRUE(is_as_its_model(&prod, wake,
								    nr));
				}
			}
		}
	}
}

/*
 * Two threads pass values through a ring at full speed, in lots of all sizes;
 * the consumer sleeps whenever it may, and a wake-up that is lost runs into the
 * test's time limit. The slots are plain memory, for ThreadSanitizer to watch.
 */
#define STRESS_SIZE 64
#define STRESS_VALUES 2000000ULL
#define STRESS_START (0U - 500000)

struct stress {
	__u32 head;
	__u32 tail;
	__u32 wake;
	__u64 slots[STRESS_SIZE];
	pthread_mutex_t lock;
	pthread_cond_t signal;
	unsigned int wakeups;
	unsigned int sleeps;
	bool refused;
};

static __u64 stress_value(__u64 i)
{
	return i * 0x9e3779b97f4a7c15ULL;
}

static void stress_wake(struct stress *stress)
{
	pthread_mutex_lock(&stress->lock);
	stress->wakeups++;
	pthread_cond_signal(&stress->signal);
	pthread_mutex_unlock(&stress->lock);
}

static void stress_sleep(struct stress *stress)
{
	pthread_mutex_lock(&stress->lock);
	while (!stress->wakeups)
		pthread_cond_wait(&stress->signal, &stress->lock);
	stress->wakeups = 0;
	stress->sleeps++;
	pthread_mutex_unlock(&stress->lock);
}

static __u32 stress_lot(__u64 done, __u32 limit)
{
	__u32 lot = 1 + (stress_value(done) >> 58);

	if (lot > STRESS_VALUES - done)
		lot = STRESS_VALUES - done;
	return lot < limit ? lot : limit;
}

static void *stress_produce(void *arg)
{
	struct stress *stress = arg;
	struct faultq_ring_side prod;
	__u64 done = 0;
	__u32 lot, i;

	faultq_ring_init(&prod, STRESS_SIZE, STRESS_START);
	while (done < STRESS_VALUES) {
		if (faultq_prod_refresh(&prod, &stress->tail))
			stress->refused = true;
		lot = stress_lot(done, faultq_prod_free(&prod));
		for (i = 0; i < lot; i++)
			stress->slots[faultq_ring_slot(&prod, prod.mine + i)] =
				stress_value(done + i);
		faultq_prod_publish(&prod, &stress->head, lot);
		if (faultq_prod_must_wake(&prod, &stress->wake, lot))
			stress_wake(stress);
		if (!lot)
			sched_yield();
		done += lot;
	}
	return NULL;
}

/* Returns how many values were the right ones. */
static __u64 stress_consume(struct stress *stress)
{
	struct faultq_ring_side cons;
	__u64 done = 0, right = 0;
	__u32 lot, i;

	faultq_ring_init(&cons, STRESS_SIZE, STRESS_START);
	while (done < STRESS_VALUES) {
		if (faultq_cons_refresh(&cons, &stress->head))
			return 0;
		lot = faultq_cons_ready(&cons);
		if (!lot &&
		    faultq_cons_arm(&cons, &stress->wake, &stress->head))
			stress_sleep(stress);
		for (i = 0; i < lot; i++)
			right += stress_value(done + i) ==
				 stress->slots[faultq_ring_slot(&cons,
								cons.mine + i)];
		faultq_cons_release(&cons, &stress->tail, lot);
		done += lot;
	}
	return right;
}

TEST(two_threads_lose_nothing)
{
	struct stress stress = {
		.head = STRESS_START,
		.tail = STRESS_START,
		.wake = STRESS_START - 1,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.signal = PTHREAD_COND_INITIALIZER,
	};
	pthread_t producer;

	ASSERT_EQ(0, pthread_create(&producer, NULL, stress_produce, &stress));
	EXPECT_EQ(STRESS_VALUES, stress_consume(&stress));
	pthread_join(producer, NULL);
	EXPECT_FALSE(stress.refused);
	EXPECT_EQ(STRESS_START + (__u32)STRESS_VALUES, stress.head);
	EXPECT_EQ(stress.head, stress.tail);
	TH_LOG("the consumer slept %u times", stress.sleeps);
}

/*
 * A consumer that scribbles: the tail holds what may be right, or anything at
 * all, while the producer goes on. It may stop the producer, but never have it
 * overfill the ring.
 */
static void *scribble(void *arg)
{
	struct stress *stress = arg;
	__u32 value;
	__u64 i;

	for (i = 0; !faultq_load(&stress->wakeups); i++) {
		value = stress_value(i) >> 32;
		if (i % 2)
			value = faultq_load(&stress->head) -
				value % (2 * STRESS_SIZE);
		faultq_store(&stress->tail, value);
	}
	return NULL;
}

TEST(scribbled_tail_never_overfills_the_ring)
{
	struct stress stress = {};
	struct faultq_ring_side prod;
	unsigned int accepted = 0, refused = 0;
	pthread_t scribbler;
	__u32 before;

	faultq_ring_init(&prod, STRESS_SIZE, 0);
	ASSERT_EQ(0, pthread_create(&scribbler, NULL, scribble, &stress));
	while (accepted < 100 || refused < 100) {
		before = prod.theirs;
		if (faultq_prod_refresh(&prod, &stress.tail))
			refused++;
		else
			accepted += prod.theirs != before;
		if (faultq_prod_free(&prod) > STRESS_SIZE)
			break;
		faultq_prod_publish(&prod, &stress.head,
				    faultq_prod_free(&prod));
	}
	faultq_store(&stress.wakeups, 1);
	pthread_join(scribbler, NULL);
	EXPECT_LE(faultq_prod_free(&prod), STRESS_SIZE);
	TH_LOG("%u tails accepted, %u refused", accepted, refused);
}

TEST_HARNESS_MAIN
