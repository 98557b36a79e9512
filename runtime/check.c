/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --check: what can be known of a compiled script without attaching it.
 */
#include <stdio.h>

#include "image/image.h"
#include "runtime/clock.h"
#include "runtime/features.h"
#include "runtime/load.h"
#include "runtime/runtime.h"

static void say(const struct image *image, const char *result)
{
	printf("%s: syntax and types are right; %s\n", image_string(image, image->header->script),
	       result);
}

int runtime_check(const struct image *image, const struct runtime_options *options)
{
	struct features features;
	struct clock_base clock;
	struct loaded loaded;
	int err;

	features_open(&features);
	if (!features.privileged) {
		features_close(&features);
		if (!options->quiet)
			say(image, "whether the kernel takes it was not tried: that needs root, or "
				   "CAP_BPF and CAP_PERFMON");
		return 0;
	}
	features_close(&features);
	clock_base_take(&clock);
	err = load_image(&loaded, image, options, &clock, 0);
	load_free(&loaded);
	if (!err && !options->quiet)
		say(image, "the kernel takes it");
	return err ? 1 : 0;
}
