/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks refusals.def up; see refusal.h.
 */
#include "runtime/attach/refusal.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image/image.h"
#include "runtime/features.h"
#include "runtime/message.h"
#include "runtime/privileges.h"

static bool condition_always(void)
{
	return true;
}

/* The PMU of kprobes is there since 4.17, whenever kprobes are. */
static bool condition_without_kprobes(void)
{
	return access("/sys/bus/event_source/devices/kprobe", F_OK) != 0;
}

static bool condition_without_btf(void)
{
	return access("/sys/kernel/btf/vmlinux", F_OK) != 0;
}

bool refusal_is_locked_down(void)
{
	FILE *file = fopen("/sys/kernel/security/lockdown", "re");
	char text[128] = "";
	bool locked;

	if (!file)
		return false;
	locked = fgets(text, sizeof(text), file) && strstr(text, "[confidentiality]");
	fclose(file);
	return locked;
}

static bool condition_locked_down(void)
{
	return refusal_is_locked_down();
}

static bool condition_unprivileged(void)
{
	return !privileges_suffice();
}

struct refusal {
	const char *types;
	int error;
	bool (*condition)(void);
	const char *reason, *instead;
};

static const struct refusal rows[] = {
#define REFUSAL(types, error, condition, reason, instead)                                          \
	{types, error, condition_##condition, reason, instead},
#include "runtime/attach/refusals.def"
#undef REFUSAL
};

static const struct refusal *find(const struct image *image, const struct image_probe *probe,
				  int err)
{
	char type[64];

	snprintf(type, sizeof(type), " %s ", image_string(image, probe->type));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strstr(rows[i].types, type) && (!rows[i].error || rows[i].error == -err) &&
		    rows[i].condition())
			return &rows[i];
	return NULL;
}

bool refusal_is_known(const struct image *image, const struct image_probe *probe, int err)
{
	return find(image, probe, err);
}

int refusal_report(const struct image *image, const struct image_probe *probe, int err)
{
	const struct refusal *row = find(image, probe, err);
	const char *name = image_string(image, probe->name);

	if (!row) {
		message_error("Could not attach %s: %s", name, message_errno(err));
		return err;
	}
	message_error("%s is not available: %s", name, row->reason);
	if (*row->instead)
		message_hint("try %s", row->instead);
	else
		feature_hint(feature_find(image_string(image, probe->type)));
	return err;
}
