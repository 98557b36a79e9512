// SPDX-License-Identifier: Apache-2.0
/*
 * The programs that follow trees of processes, in an image that asks for any: one lets new tasks
 * inherit, one goes through those that are there. Both are BPF C; here they get their entry.
 */
#include "compiler/gen.h"

#include "lang/attach_point.h"

static void add_program(struct gen *g, const char *name, const char *section, const char *helper,
			enum image_role role)
{
	gen_program_hook(g, name, section, role, g->program->probes->span);
	gen_bpffn(g, helper, &g->ctx, 1);
	gen_goto(g, g->leave);
	gen_at(g, g->leave);
	LLVMBuildRet(g->b, LLVMConstInt(g->i32, 0, 0));
}

void gen_trees(struct gen *g)
{
	if (!g->program->trees)
		return;
	add_program(g, "tree_fork", "tp_btf/sched_process_fork", "task_tree_fork",
		    IMAGE_ROLE_TREE_FORK);
	add_program(g, "tree_seed", "iter/task", "task_tree_seed", IMAGE_ROLE_TREE_SEED);
}
