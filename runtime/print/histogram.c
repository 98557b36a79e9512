/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hist and lhist, whose buckets bpf-helpers/abi.h lays out.
 */
#include "runtime/print/histogram.h"

#include <math.h>

#include "runtime/buffer.h"
#include "runtime/print/plot.h"
#include "runtime/print/style.h"
#include "runtime/print/value_json.h"
#include "runtime/value.h"

#define LABEL_WIDTH 16
#define COUNT_WIDTH 8
#define BAR_WIDTH   52

/* A bucket: [low, high), open to one side or to none. */
struct bucket {
	int64_t low;
	uint64_t high; /* of lhist, an int64_t */
	bool open_low, open_high;
};

static void hist_bucket(const struct value *value, uint32_t index, struct bucket *bucket)
{
	uint32_t k = (uint32_t)value->histogram.numbers[0], n = index - 1, shift;

	if (index == 0) {
		*bucket = (struct bucket){.high = 0, .open_low = true};
		return;
	}
	/* With n = (e - k + 1) << k | rest, the bucket starts at (2^k | rest) << (e - k). */
	if (n >> k == 0) {
		*bucket = (struct bucket){.low = n, .high = n + 1};
		return;
	}
	shift = (n >> k) - 1;
	bucket->low = (int64_t)((uint64_t)((n & ((1u << k) - 1)) | 1u << k) << shift);
	bucket->high = (uint64_t)bucket->low + (1ULL << shift);
	bucket->open_low = false;
	bucket->open_high = false;
}

static void lhist_bucket(const struct value *value, uint32_t index, struct bucket *bucket)
{
	const int64_t *numbers = value->histogram.numbers;
	/* Without a sign: the bound that an open bucket does not have may be out of range. */
	uint64_t min = (uint64_t)numbers[0], max = (uint64_t)numbers[1], step = (uint64_t)numbers[2];

	bucket->open_low = index == 0;
	bucket->open_high = index == value->histogram.count - 1;
	bucket->low = (int64_t)(bucket->open_high ? max : min + (index - 1ULL) * step);
	bucket->high = bucket->open_low ? min : min + index * step;
}

static void find_bucket(const struct value *value, uint32_t index, struct bucket *bucket)
{
	if (value->kind == IMAGE_HIST)
		hist_bucket(value, index, bucket);
	else
		lhist_bucket(value, index, bucket);
}

/*
 * The bound where hist's bucket `index` begins, as bpftrace writes it: the suffix follows from how
 * wide the bucket is, so with k > 0, 1024 is "1024" and not "1K".
 */
static void add_hist_bound(struct buffer *out, uint32_t index, uint32_t k)
{
	uint32_t n = 1u << k, interval = index & (n - 1), power = (index >> k) - 1;

	buffer_add_u64(out, (uint64_t)(n + interval) << (power % 10));
	if (power >= 10)
		buffer_add_byte(out, "\0KMGTPE"[power / 10]);
}

static void add_lhist_bound(struct buffer *out, int64_t bound, int64_t step)
{
	if (step % 1024 != 0 || bound == 0 || bound % 1024 != 0) {
		buffer_add_i64(out, bound);
	} else if (bound % (1024 * 1024) == 0) {
		buffer_add_i64(out, bound / (1024 * 1024));
		buffer_add_byte(out, 'M');
	} else {
		buffer_add_i64(out, bound / 1024);
		buffer_add_byte(out, 'K');
	}
}

static void add_bound(struct buffer *out, const struct value *value, uint32_t index,
		      const struct bucket *bucket, bool high)
{
	const int64_t *numbers = value->histogram.numbers;

	if (value->kind == IMAGE_LHIST)
		add_lhist_bound(out, high ? (int64_t)bucket->high : bucket->low, numbers[2]);
	else if (index == 0)
		buffer_add_byte(out, '0');
	else
		add_hist_bound(out, high ? index : index - 1, (uint32_t)numbers[0]);
}

static void add_label(struct buffer *out, const struct value *value, uint32_t index)
{
	struct bucket bucket;

	find_bucket(value, index, &bucket);
	if (bucket.open_low) {
		buffer_add_text(out, "(..., ");
		add_bound(out, value, index, &bucket, true);
		buffer_add_byte(out, ')');
	} else if (bucket.open_high) {
		buffer_add_byte(out, '[');
		add_bound(out, value, index, &bucket, false);
		buffer_add_text(out, ", ...)");
	} else if (bucket.high - (uint64_t)bucket.low == 1) {
		buffer_add_byte(out, '[');
		buffer_add_i64(out, bucket.low);
		buffer_add_byte(out, ']');
	} else {
		buffer_add_byte(out, '[');
		add_bound(out, value, index, &bucket, false);
		buffer_add_text(out, ", ");
		add_bound(out, value, index, &bucket, true);
		buffer_add_byte(out, ')');
	}
}

/* The buckets to show: false when none has counted anything. */
static bool find_range(const struct value *value, uint32_t *first, uint32_t *last, uint64_t *max)
{
	bool found = false;

	*max = 0;
	for (uint32_t i = 0; i < value->histogram.count; i++) {
		uint64_t count = value->histogram.buckets[i];

		if (!count)
			continue;
		if (!found)
			*first = i;
		*last = i;
		found = true;
		if (count > *max)
			*max = count;
	}
	return found;
}

static void add_count(struct buffer *out, uint64_t count)
{
	size_t from = out->length, length;

	buffer_add_u64(out, count);
	length = out->length - from;
	if (length >= COUNT_WIDTH)
		return;
	buffer_repeat(out, ' ', COUNT_WIDTH - length);
	if (out->failed)
		return;
	memmove(out->data + from + COUNT_WIDTH - length, out->data + from, length);
	memset(out->data + from, ' ', COUNT_WIDTH - length);
}

/* What is left of a line for a bar. */
static uint32_t bar_columns(const struct style *style)
{
	uint32_t before = LABEL_WIDTH + COUNT_WIDTH + 1;

	return style->plot_columns > before + 8 ? style->plot_columns - before : 8;
}

static void add_bar(struct buffer *out, const struct style *style, uint64_t count, uint64_t max)
{
	unsigned int bar = (unsigned int)floorf((float)count / (float)max * BAR_WIDTH);

	if (style->plot_columns) {
		buffer_add_byte(out, ' ');
		plot_bar(out, (double)count, (double)max, bar_columns(style));
		buffer_add_byte(out, '\n');
		return;
	}
	buffer_add_text(out, " |");
	buffer_repeat(out, '@', bar);
	buffer_repeat(out, ' ', BAR_WIDTH - bar);
	buffer_add_text(out, "|\n");
}

void histogram_text(struct buffer *out, const struct style *style, const struct value *value, uint64_t div)
{
	uint32_t first, last;
	uint64_t max;

	if (!find_range(value, &first, &last, &max))
		return;
	if (value->kind == IMAGE_LHIST)
		div = 1;
	for (uint32_t i = first; i <= last; i++) {
		uint64_t count = value->histogram.buckets[i];
		size_t from = out->length;

		add_label(out, value, i);
		if (out->length - from < LABEL_WIDTH)
			buffer_repeat(out, ' ', LABEL_WIDTH - (out->length - from));
		add_count(out, count / div);
		add_bar(out, style, count, max);
	}
}

static void add_json_bound(struct buffer *out, const struct value *value, const char *name,
			   uint64_t bound)
{
	buffer_add_text(out, name);
	json_number(out, bound, value->kind == IMAGE_LHIST);
	buffer_add(out, ", ", 2);
}

static void add_json_bucket(struct buffer *out, const struct value *value, uint32_t index)
{
	struct bucket bucket;

	find_bucket(value, index, &bucket);
	if (value->kind == IMAGE_HIST && bucket.open_low) {
		buffer_add_text(out, "\"max\": -1, ");
		return;
	}
	if (!bucket.open_low)
		add_json_bound(out, value, "\"min\": ", (uint64_t)bucket.low);
	if (!bucket.open_high)
		add_json_bound(out, value, "\"max\": ", bucket.high - 1);
}

void histogram_json(struct buffer *out, const struct value *value, uint64_t div)
{
	uint32_t first, last;
	uint64_t max;

	buffer_add_byte(out, '[');
	if (!find_range(value, &first, &last, &max))
		first = 1, last = 0; /* an empty array */
	if (value->kind == IMAGE_LHIST)
		div = 1;
	for (uint32_t i = first; i <= last; i++) {
		buffer_add_text(out, i == first ? "{" : ",{");
		add_json_bucket(out, value, i);
		buffer_add_text(out, "\"count\": ");
		buffer_add_u64(out, value->histogram.buckets[i] / div);
		buffer_add_byte(out, '}');
	}
	buffer_add_byte(out, ']');
}
