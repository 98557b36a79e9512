/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings: what the user says in the environment wins over the script's config block, which wins
 * over the table's defaults.
 */
#include "lang/config.h"

#include "lang/unit.h"

void config_apply(struct unit *unit)
{
	if (unit->settings[SETTING_max_strlen])
		unit->own.max_strlen = (uint32_t)unit_setting(unit, SETTING_max_strlen);
	if (unit->settings[SETTING_max_probes])
		unit->own.max_probes = (uint32_t)unit_setting(unit, SETTING_max_probes);
	if (unit->settings[SETTING_missing_probes])
		unit->own.missing_probes_ok = unit_setting(unit, SETTING_missing_probes) != 0;
}
