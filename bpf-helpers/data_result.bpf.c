// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * What a system call returns to the program. One that a signal interrupts ends with a code of the
 * kernel's own, and then either begins again behind the program's back, which is no end, or fails with
 * EINTR: that depends on the signal's handler.
 *
 * Verifier: 64 rounds at most, each with two reads; the state of a round is one number.
 */
#include "data.h"

typedef struct {
	unsigned long sig[1];
} CORE sigset_t;

struct sigpending {
	sigset_t signal;
} CORE;

struct signal_struct {
	struct sigpending shared_pending;
} CORE;

struct sigaction {
	void *sa_handler;
	unsigned long sa_flags;
} CORE;

struct k_sigaction {
	struct sigaction sa;
} CORE;

struct sighand_struct {
	struct k_sigaction action[64];
} CORE;

/* As task.h's, with what matters here. */
struct task_struct___signals {
	struct signal_struct *signal;
	struct sighand_struct *sighand;
	sigset_t blocked;
	struct sigpending pending;
} CORE;

#define ERESTARTSYS    512
#define ERESTARTNOINTR 513
#define LAST_RESTART   516
#define INTERRUPTED    ((u64)-4)
#define SA_RESTART     0x10000000
#define IGNORE	       1

/* Flags of the handler that is about to run; 0 in *found if none is. */
static OUTLINE u64 handler_flags(u32 *found)
{
	const struct task_struct___signals *task = (const void *)bpf_get_current_task();
	const struct sighand_struct *hands = BPF_CORE_READ(task, sighand);
	const char *actions = (const char *)hands + bpf_core_field_offset(hands->action);
	u64 pending = BPF_CORE_READ(task, pending.signal.sig[0]) |
		      BPF_CORE_READ(task, signal, shared_pending.signal.sig[0]);

	pending &= ~BPF_CORE_READ(task, blocked.sig[0]);
	for (u32 i = 0; i < 64; i++) {
		const struct k_sigaction *action =
			(const void *)(actions + i * bpf_core_type_size(struct k_sigaction));

		if (!(pending >> i & 1) || (u64)BPF_CORE_READ(action, sa.sa_handler) <= IGNORE)
			continue;
		*found = 1;
		return BPF_CORE_READ(action, sa.sa_flags);
	}
	return 0;
}

/* Of a code of the kernel's own. Verified alone. */
GLOBAL u64 dt_data_result_restarts(u64 code)
{
	u64 flags;
	u32 found = 0;

	flags = code == ERESTARTNOINTR ? 0 : handler_flags(&found);
	if (!found || (code == ERESTARTSYS && flags & SA_RESTART))
		return ABI_NO_RESULT;
	return INTERRUPTED;
}

/* The result, or ABI_NO_RESULT if the call begins again. */
INLINE u64 dt_data_result(u64 result)
{
	u64 code = (u64)-(s64)result;

	return code - ERESTARTSYS > LAST_RESTART - ERESTARTSYS ? result : dt_data_result_restarts(code);
}
