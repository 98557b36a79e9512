/* as the kernel has it */
struct sched_param {
	int sched_priority;
};
