/* SPDX-License-Identifier: Apache-2.0 */
/*
 * software and hardware: events that the kernel or the CPU counts, by the names of
 * lang/perf_events.def.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#include "image/image.h"
#include "runtime/attach/attach.h"
#include "runtime/features.h"
#include "runtime/message.h"

struct counter {
	const char *type, *name;
	uint64_t id;
};

static const struct counter counters[] = {
#define PERF_EVENT(type, name, alias, id, count) {#type, name, id},
#include "lang/perf_events.def"
#undef PERF_EVENT
};

static const struct counter *find(const char *type, const char *name)
{
	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++)
		if (!strcmp(counters[i].type, type) && !strcmp(counters[i].name, name))
			return &counters[i];
	return NULL;
}

static void explain(const struct image *image, const struct image_probe *probe, int err)
{
	const char *name = image_string(image, probe->name);
	bool hardware = !strcmp(image_string(image, probe->type), "hardware");

	if (hardware && (err == -ENOENT || err == -EOPNOTSUPP || err == -ENODEV)) {
		message_error(
			"Could not attach %s: this machine's CPU does not count it, or lets no "
			"guest do so",
			name);
		feature_hint(FEATURE_hardware);
	} else if (err == -EACCES || err == -EPERM) {
		message_error("Could not attach %s: %s", name, message_errno(err));
		message_hint("duetrace needs root, or CAP_BPF and CAP_PERFMON");
	} else {
		message_error("Could not attach %s: %s", name, message_errno(err));
	}
}

static int counter_attach(struct attacher *attacher, const struct image_probe *probe, int program)
{
	const struct image *image = attacher->image;
	const struct counter *counter =
		find(image_string(image, probe->type), image_string(image, probe->first));
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = counter ? counter->id : 0,
		.sample_period = probe->number,
	};
	int err = -EINVAL;

	if (counter && !strcmp(counter->type, "hardware"))
		attr.type = PERF_TYPE_HARDWARE;
	if (counter && probe->number)
		err = attach_perf_event(attacher, probe, &attr, program, PERF_TARGET);
	if (err)
		explain(image, probe, err);
	return err;
}

const struct attach_ops attach_software = {
	.name = "software",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_PERF_EVENT,
	.attach = counter_attach,
};

const struct attach_ops attach_hardware = {
	.name = "hardware",
	.phase = ATTACH_EVENT,
	.program_type = BPF_PROG_TYPE_PERF_EVENT,
	.attach = counter_attach,
};
