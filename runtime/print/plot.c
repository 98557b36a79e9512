/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/print/plot.h"

#include "runtime/buffer.h"

void plot_bar(struct buffer *out, double part, double whole, uint32_t columns)
{
	/* U+258F, one eighth, to U+2588, all of it */
	static const char *const blocks[] = {"▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
	uint64_t eighths;

	if (part <= 0 || whole <= 0)
		return;
	eighths = (uint64_t)(part / whole * columns * 8);
	if (eighths > (uint64_t)columns * 8)
		eighths = (uint64_t)columns * 8;
	if (!eighths)
		eighths = 1;
	for (; eighths >= 8; eighths -= 8)
		buffer_add_text(out, blocks[7]);
	if (eighths)
		buffer_add_text(out, blocks[eighths - 1]);
}
