// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * Put a value into its interval of a tseries(). The buckets are a circle: one that holds an older
 * interval starts anew. `how` is enum abi_series_how, ABI_SERIES_SIGNED beside it.
 *
 * Verifier: straight line; the caller has checked that the bucket is one of the map's value.
 */
#include "helper.h"

INLINE u64 dt_series_add(struct abi_series *bucket, u64 epoch, s64 value, u64 how, u64 now)
{
	u64 kind = how & ~ABI_SERIES_SIGNED;
	u64 larger = how & ABI_SERIES_SIGNED ? value > bucket->value
					     : (u64)value > (u64)bucket->value;

	if (bucket->epoch != epoch) {
		bucket->epoch = epoch;
		bucket->value = 0;
		bucket->extra = 0;
	}
	if (kind == ABI_SERIES_LAST) {
		bucket->value = value;
		bucket->extra = now;
		return 0;
	}
	if (kind == ABI_SERIES_AVG || kind == ABI_SERIES_SUM)
		bucket->value += value;
	else if (!bucket->extra || larger == (kind == ABI_SERIES_MAX))
		bucket->value = value;
	bucket->extra++;
	return 0;
}
