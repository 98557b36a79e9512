/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tseries. A line of the graph is as bpftrace draws it:
 *
 *              -5                                                  5
 * hh:mm:ss.ms  |___________________________________________________|
 * 21:36:58.500 |                         *                         | 0
 */
#include "runtime/print/series.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runtime/buffer.h"
#include "runtime/clock.h"
#include "runtime/print/plot.h"
#include "runtime/print/style.h"
#include "runtime/print/value_json.h"
#include "runtime/value.h"

/* Of --plot: the column of numbers. */
#define PLOT_NUMBER 12
#define GRAPH_WIDTH 51
#define SECOND	    1000000000u

/* How finely the times are written, by the interval. */
struct precision {
	uint64_t divides; /* the interval is a multiple of this many ns */
	const char *name;
	int digits;
};

static const struct precision *precision_of(uint64_t interval)
{
	static const struct precision table[] = {
		{SECOND, "hh:mm:ss", 0},
		{1000000, "hh:mm:ss.ms", 3},
		{1000, "hh:mm:ss.us", 6},
		{1, "hh:mm:ss.ns", 9},
	};
	uint32_t i = 0;

	while (interval % table[i].divides)
		i++;
	return &table[i];
}

/* Wall time in ns when an interval began. */
static int64_t start_of(const struct style *style, const struct value *value, uint64_t epoch)
{
	return (int64_t)(epoch * value->series.interval + (uint64_t)style->clock->offset);
}

/* `digits` of the fraction of the second behind the formatted time. */
static void add_time(struct buffer *out, const char *format, int64_t wall, int digits)
{
	char fraction[16];
	int64_t rest = wall % SECOND;

	clock_format(out, format, wall);
	if (!digits)
		return;
	snprintf(fraction, sizeof(fraction), ".%09lld", (long long)(rest < 0 ? rest + SECOND : rest));
	buffer_add(out, fraction, 1 + (size_t)digits);
}

static void add_number(struct buffer *out, const struct value *value, uint64_t number)
{
	if (value->is_signed)
		buffer_add_i64(out, (int64_t)number);
	else
		buffer_add_u64(out, number);
}

struct range {
	uint64_t low, high;
};

static struct range find_range(const struct value *value)
{
	struct range range = {value->series.points[0].value, value->series.points[0].value};

	for (uint32_t i = 1; i < value->series.count; i++) {
		uint64_t number = value->series.points[i].value;
		bool lower = value->is_signed ? (int64_t)number < (int64_t)range.low
					      : number < range.low;
		bool higher = value->is_signed ? (int64_t)number > (int64_t)range.high
					       : number > range.high;

		if (lower)
			range.low = number;
		if (higher)
			range.high = number;
	}
	return range;
}

/* Left of the graph stand the times; the ends of the range stand over and under it. */
static void add_ends(struct buffer *out, const struct value *value, const struct range *range,
		     size_t margin)
{
	size_t from, low, high;
	struct buffer text = {0};

	buffer_repeat(out, ' ', margin);
	from = out->length;
	add_number(out, value, range->low);
	low = out->length - from;
	add_number(&text, value, range->high);
	high = text.length;
	if (low + high < GRAPH_WIDTH + 1)
		buffer_repeat(out, ' ', GRAPH_WIDTH + 1 - low - high);
	else
		buffer_add_byte(out, ' ');
	buffer_add(out, text.data, text.length);
	buffer_add_byte(out, '\n');
	buffer_free(&text);
}

static void add_rule(struct buffer *out, char end)
{
	buffer_add_byte(out, end);
	buffer_repeat(out, '_', GRAPH_WIDTH);
	buffer_add_byte(out, end);
	buffer_add_byte(out, '\n');
}

static void add_point(struct buffer *out, const struct value *value, const struct range *range,
		      uint64_t number)
{
	double span = (double)(range->high - range->low);
	size_t at = span > 0 ? (size_t)((double)(number - range->low) / span * (GRAPH_WIDTH - 1)) : 0;

	buffer_add_byte(out, '|');
	buffer_repeat(out, ' ', at);
	buffer_add_byte(out, '*');
	buffer_repeat(out, ' ', GRAPH_WIDTH - 1 - at);
	buffer_add_text(out, "| ");
	add_number(out, value, number);
	buffer_add_byte(out, '\n');
}

static void add_gap(struct buffer *out)
{
	buffer_add_byte(out, '|');
	buffer_repeat(out, ' ', GRAPH_WIDTH);
	buffer_add_text(out, "| -\n");
}

/* --plot: time, number, and a bar from zero, or from the lowest when that is below. */
static void plot(struct buffer *out, const struct style *style, const struct value *value,
		 const struct precision *precision, const struct range *range)
{
	const struct series_point *points = value->series.points;
	double low = value->is_signed ? (double)(int64_t)range->low : 0;
	double high = value->is_signed ? (double)(int64_t)range->high : (double)range->high;
	uint32_t before = 9 + precision->digits + PLOT_NUMBER + 1, next = 0;
	uint32_t columns = style->plot_columns > before + 8 ? style->plot_columns - before : 8;

	if (low > 0)
		low = 0;
	for (uint64_t epoch = points[0].epoch; next < value->series.count; epoch++) {
		struct buffer number = {0};
		double at = low;

		add_time(out, "%H:%M:%S", start_of(style, value, epoch), precision->digits);
		if (points[next].epoch == epoch) {
			at = value->is_signed ? (double)(int64_t)points[next].value : (double)points[next].value;
			add_number(&number, value, points[next++].value);
		} else {
			buffer_add_byte(&number, '-');
		}
		buffer_repeat(out, ' ', number.length < PLOT_NUMBER ? PLOT_NUMBER - number.length : 1);
		buffer_add(out, number.data, number.length);
		buffer_add_byte(out, ' ');
		plot_bar(out, at - low, high - low, columns);
		buffer_add_byte(out, '\n');
		buffer_free(&number);
	}
}

void series_text(struct buffer *out, const struct style *style, const struct value *value)
{
	const struct series_point *points = value->series.points;
	const struct precision *precision = precision_of(value->series.interval);
	size_t margin = strlen("hh:mm:ss ") + (precision->digits ? 1 + (size_t)precision->digits : 0);
	struct range range;
	uint32_t next = 0;

	if (!value->series.count)
		return;
	range = find_range(value);
	if (style->plot_columns) {
		plot(out, style, value, precision, &range);
		return;
	}
	add_ends(out, value, &range, margin);
	buffer_add_text(out, precision->name);
	buffer_repeat(out, ' ', margin - strlen(precision->name));
	add_rule(out, '|');
	for (uint64_t epoch = points[0].epoch; next < value->series.count; epoch++) {
		add_time(out, "%H:%M:%S", start_of(style, value, epoch), precision->digits);
		buffer_add_byte(out, ' ');
		if (points[next].epoch == epoch)
			add_point(out, value, &range, points[next++].value);
		else
			add_gap(out);
	}
	buffer_repeat(out, ' ', margin);
	add_rule(out, 'v');
	add_ends(out, value, &range, margin);
}

void series_json(struct buffer *out, const struct style *style, const struct value *value)
{
	buffer_add_byte(out, '[');
	for (uint32_t i = 0; i < value->series.count; i++) {
		const struct series_point *point = &value->series.points[i];

		buffer_add_text(out, i ? ",{\"interval_start\":\"" : "{\"interval_start\":\"");
		add_time(out, "%Y-%m-%d %H:%M:%S", start_of(style, value, point->epoch), 9);
		buffer_add_text(out, "\",\"value\":");
		json_number(out, point->value, value->is_signed);
		buffer_add_byte(out, '}');
	}
	buffer_add_byte(out, ']');
}
