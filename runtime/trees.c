/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/trees.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "runtime/load.h"
#include "runtime/message.h"
#include "runtime/parameters.h"
#include "runtime/runtime.h"

uint32_t trees_root(const struct image *image, uint32_t index, const struct runtime_options *options,
		    uint32_t child)
{
	const struct image_tree *tree = &image->trees[index];
	uint64_t number = 0;

	switch ((enum image_tree_source)tree->source) {
	case IMAGE_TREE_NUMBER:
		return tree->number;
	case IMAGE_TREE_CHILD:
		return child;
	case IMAGE_TREE_PARAMETER:
		if (tree->number <= options->n_params)
			(void)parameters_number(options->params[tree->number - 1], &number);
		return (uint32_t)number;
	case IMAGE_TREE_SOURCES:
		break;
	}
	return 0;
}

/* The program of a role; -1: there is none. */
static int find_program(const struct loaded *loaded, const struct image *image, uint32_t role)
{
	for (uint32_t i = 0; i < image->n_programs; i++)
		if (image->programs[i].role == role)
			return loaded->programs[i];
	return -1;
}

/* Put one process into its tree. That it is gone is no error: it has no tree then. */
static int plant(int storage, uint32_t pid, uint64_t mask)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0), err = 0;
	uint64_t value = mask, before;

	if (fd < 0) {
		message_warning("There is no process %u: nothing is in its tree", pid);
		return 0;
	}
	/* The same process may be the root of several. */
	if (!bpf_map_lookup_elem(storage, &fd, &before))
		value |= before;
	if (bpf_map_update_elem(storage, &fd, &value, BPF_ANY))
		err = -errno;
	close(fd);
	return err;
}

/* Let the program see every task that there is. */
static int walk_tasks(int program)
{
	int link = bpf_link_create(program, 0, BPF_TRACE_ITER, NULL), iter, err = 0;
	char nothing[64];

	if (link < 0)
		return -errno;
	iter = bpf_iter_create(link);
	if (iter < 0)
		err = -errno;
	while (!err && read(iter, nothing, sizeof(nothing)) > 0)
		;
	if (iter >= 0)
		close(iter);
	close(link);
	return err;
}

int trees_start(const struct loaded *loaded, const struct image *image,
		const struct runtime_options *options, uint32_t child, int *link)
{
	int fork_program = find_program(loaded, image, IMAGE_ROLE_TREE_FORK);
	int seed_program = find_program(loaded, image, IMAGE_ROLE_TREE_SEED);
	int err = 0;

	*link = -1;
	if (!image->n_trees || fork_program < 0 || seed_program < 0)
		return 0;
	*link = bpf_raw_tracepoint_open(NULL, fork_program);
	if (*link < 0)
		err = -errno;
	for (uint32_t i = 0; !err && i < image->n_trees; i++) {
		uint32_t root = trees_root(image, i, options, child);

		if (root)
			err = plant(loaded->trees, root, 1ULL << i);
	}
	if (!err)
		err = walk_tasks(seed_program);
	if (err)
		message_error("Could not follow the tree of a process: %s", message_errno(err));
	return err;
}
