// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/*
 * The path of what a name of `length` bytes led the kernel to, in an operation that succeeded and left
 * nothing open: links in it are followed, `..` is the folder above the one that a link led to, and mounts
 * are entered. What the kernel has just looked up is still in its cache of names, so the walk goes through
 * that. `follow`: the last name too, if it is a link. A link of /proc leads where its process is, or its
 * descriptor. Where the cache does not know it (one whose text is not in its inode, a file system that compares
 * names in ways of its own), the path is that of data_path_joined.bpf.c.
 *
 * Until the walk ends the text holds what is left of the name, at its end, because the text of a link
 * goes in front of that. A name that is not to be followed keeps its place there.
 *
 * Verifier: the kernel runs the steps (bpf_loop); each is straight, and everything that it begins with is
 * in the map. Verified alone.
 */
#include <linux/stat.h>

#include "data_walk.h"
#include "proc.h"

struct list_node {
	struct list_node *next;
} CORE;

struct hlist_node {
	struct hlist_node *next;
} CORE;

struct hlist_head {
	struct hlist_node *first;
} CORE;

struct dentry___real {
	u32 d_flags;
	struct hlist_node d_sib;
	struct hlist_head d_children;
} CORE;

/* Before 6.8: rings. */
struct dentry___before {
	struct list_node d_child;
	struct list_node d_subdirs;
} CORE;

struct mount___real {
	struct list_node mnt_mounts, mnt_child;
} CORE;

struct inode___real {
	char *i_link;
} CORE;

#define OVERLAYFS 0x794c7630
#define PROCFS	  0x9fa0

/* A link of /proc knows whose it is, and of which descriptor; with a name of its own, as proc_peek has other members of it. */
struct proc_inode___link {
	struct pid *pid;
	u32 fd;
	struct inode vfs_inode;
} CORE;

struct pid___tasks {
	struct hlist_head tasks[4];
} CORE;

struct task_struct___linked {
	struct hlist_node pid_links[4];
} CORE;

struct proc_fs_info {
	struct pid_namespace *pid_ns;
} CORE;

struct super_block___proc {
	struct proc_fs_info *s_fs_info;
} CORE;

struct pid_namespace___level {
	u32 level;
} CORE;

/* An overlay's inode knows the entry of a layer that it stands for, and has no text of its own. */
struct ovl_path {
	struct dentry *dentry;
} CORE;

struct ovl_entry {
	struct ovl_path __lowerstack[1];
} CORE;

struct ovl_inode {
	struct inode vfs_inode;
	struct dentry *__upperdentry;
	struct ovl_entry *oe;
} CORE;

/* Before 6.5. */
struct ovl_inode___before {
	struct ovl_path lowerpath;
} CORE;

/* A macro, DCACHE_MOUNTED, before the kernel had an enum of them. */
enum dentry_flags {
	DCACHE_MOUNTED = 1,
};
#define MOUNTED_BEFORE 0x10000

/* What the next step does. */
enum real_phase {
	SPLIT,	 /* look for the end of a name */
	CHILD,	 /* see whether an entry of the folder has it */
	COMPARE, /* eight bytes of both */
	FOUND,	 /* an entry has it */
	LINK,	 /* put a part of a link's text in front */
	PROC,	 /* go where a link of /proc leads */
	UP,	 /* to the folder above */
	MOUNT,	 /* see whether something is mounted there */
	ENTER,	 /* see whether that mount is it */
	NAMED,	 /* the end: the last name stays as it is */
	PLACED,	 /* the end: the place is the path */
	UNKNOWN, /* the end */
};

/* Behind the text, where a path has its own last name while it is made. */
struct real {
	u64 phase;
	u64 at, begin; /* in the text: the next byte, the name at hand */
	u64 length;    /* of that */
	u64 entry;     /* the list's node to look at */
	u64 compared;  /* how many bytes of it are the same */
	u64 mount, dentry;
	u64 root_mount, root_dentry;
	u64 link, left, to; /* what is to be put where of a link's text */
	u64 links;	    /* how many have been followed */
	u64 looks;	    /* how often at AT_ONCE entries */
	u64 follow;
	u64 open; /* where it leads to is an open file */
};

#define REAL_OF(text) ((struct real *)((text) + ABI_TEXT_SIZE))
_Static_assert(sizeof(struct real) <= ABI_TEXT_WALK - ABI_TEXT_SIZE, "it fits");

#define LINKS_MOST 40
/* What is far down in a folder of many is not looked for: the newest come first. */
#define AT_ONCE	   8
#define LOOKS_MOST 512
#define REAL_STEPS (1 << 14)
#define TEXT_AT(at) ((at) & (ABI_TEXT_SIZE - 1))

/* Of what is an address in a list. */
#define AT(type, from, member) DATA_READ(type, (const void *)(from), member)

static INLINE u64 word_at(u64 from)
{
	u64 word = 0;

	bpf_probe_read_kernel(&word, sizeof(word), (const void *)from);
	return word;
}

static INLINE bool rings(void)
{
	return !bpf_core_field_exists(((struct dentry___real *)0)->d_children);
}

static INLINE u64 list_of(u64 dentry)
{
	return dentry + (rings() ? bpf_core_field_offset(struct dentry___before, d_subdirs)
				 : bpf_core_field_offset(struct dentry___real, d_children));
}

static INLINE u64 entry_of(u64 node)
{
	return node - (rings() ? bpf_core_field_offset(struct dentry___before, d_child)
			       : bpf_core_field_offset(struct dentry___real, d_sib));
}

static INLINE bool is_last(const struct real *real)
{
	return real->begin + real->length >= DATA_TEXT_END;
}

/* There is no such entry: that is right of the last name only, which may be gone by now. */
static INLINE void no_entry(struct real *real)
{
	real->phase = is_last(real) ? NAMED : UNKNOWN;
}

static INLINE void split(struct real *real, const char *text)
{
	u64 at = real->at, begin = real->begin, length = at - begin;

	if (at < DATA_TEXT_END && text[TEXT_AT(at)] != '/') {
		real->at = at + 1;
		return;
	}
	real->length = length;
	if (length == 2 && text[TEXT_AT(begin)] == '.' && text[TEXT_AT(begin + 1)] == '.') {
		real->phase = UP;
	} else if (length && !(length == 1 && text[TEXT_AT(begin)] == '.')) {
		real->phase = is_last(real) && !real->follow ? NAMED : CHILD;
		real->entry = word_at(list_of(real->dentry));
		return;
	} else if (at >= DATA_TEXT_END) {
		real->phase = PLACED;
	}
	real->at = real->begin = at + (at < DATA_TEXT_END);
}

/* Some entries of the folder; names of equal length that differ do so at their end, mostly. */
static INLINE void child(struct real *real, const char *text)
{
	u64 node = real->entry, head = list_of(real->dentry), length = real->length, wanted = 0, dentry;
	u64 tail = length > 8 ? length - 8 : 0, bits = length < 8 ? 64 - (length & 7) * 8 : 0;

	bpf_probe_read_kernel(&wanted, sizeof(wanted), text + TEXT_AT(real->begin + tail));
	for (u32 i = 0; i < AT_ONCE; i++) {
		if (!node || node == head) {
			no_entry(real);
			return;
		}
		dentry = entry_of(node);
		if (AT(struct dentry, dentry, d_name.len) == length &&
		    !((word_at((u64)AT(struct dentry, dentry, d_name.name) + tail) ^ wanted) << (bits & 63)) &&
		    AT(struct dentry, dentry, d_hash.pprev)) {
			real->entry = node;
			real->phase = COMPARE;
			real->compared = 0;
			return;
		}
		node = (u64)AT(struct hlist_node, node, next);
	}
	real->entry = node;
	if (++real->looks >= LOOKS_MOST)
		no_entry(real);
}

static INLINE void compare(struct real *real, const char *text)
{
	const struct dentry *dentry = (const void *)entry_of(real->entry);
	u64 left = real->length - real->compared, there = 0, mask = ~0ULL;

	if (left < 8)
		mask = (1ULL << (left & 7) * 8) - 1;
	bpf_probe_read_kernel(&there, sizeof(there), text + TEXT_AT(real->begin + real->compared));
	there ^= word_at((u64)DATA_READ(struct dentry, dentry, d_name.name) + real->compared);
	if (there & mask) {
		real->phase = CHILD;
		real->entry = word_at(real->entry);
	} else if (left <= 8) {
		real->phase = (u64)DATA_READ(struct dentry, dentry, d_parent) == real->dentry ? FOUND : UNKNOWN;
	} else {
		real->compared += 8;
	}
}

/* The inode that has a link's text. It may be of a module: read by helper, as of those the types have no number. */
static INLINE u64 text_inode(u64 inode)
{
	const struct super_block *super = AT(struct inode, inode, i_sb);
	u64 layers, dentry;

	if (DATA_READ(struct super_block, super, s_magic) != OVERLAYFS || !bpf_core_type_exists(struct ovl_inode))
		return inode;
	layers = inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);
	dentry = word_at(layers + bpf_core_field_offset(struct ovl_inode, __upperdentry));
	if (!dentry && bpf_core_field_exists(((struct ovl_inode *)0)->oe))
		dentry = word_at(word_at(layers + bpf_core_field_offset(struct ovl_inode, oe)) +
				 bpf_core_field_offset(struct ovl_entry, __lowerstack) +
				 bpf_core_field_offset(struct ovl_path, dentry));
	else if (!dentry && bpf_core_field_exists(((struct ovl_inode___before *)0)->lowerpath))
		dentry = word_at(layers + bpf_core_field_offset(struct ovl_inode___before, lowerpath) +
				 bpf_core_field_offset(struct ovl_path, dentry));
	return dentry ? (u64)AT(struct dentry, dentry, d_inode) : 0;
}

/* A link's text takes the place of its name. */
static INLINE void found(struct real *real)
{
	u64 entry = entry_of(real->entry), end = real->begin + real->length, size;
	u64 inode = (u64)AT(struct dentry, entry, d_inode);

	if (!inode) {
		no_entry(real);
		return;
	}
	if ((AT(struct inode, inode, i_mode) & S_IFMT) != S_IFLNK) {
		real->dentry = entry;
		real->phase = MOUNT;
		real->at = real->begin = end + !is_last(real);
		return;
	}
	if (DATA_READ(struct super_block, AT(struct inode, inode, i_sb), s_magic) == PROCFS) {
		real->phase = ++real->links > LINKS_MOST ? UNKNOWN : PROC;
		return;
	}
	inode = text_inode(inode);
	real->link = (u64)AT(struct inode___real, inode, i_link);
	size = (u64)AT(struct inode, inode, i_size);
	if (!inode || !real->link || !size || size > end || ++real->links > LINKS_MOST) {
		real->phase = UNKNOWN;
		return;
	}
	real->left = size;
	real->to = real->at = real->begin = end - size;
	real->phase = LINK;
}

static INLINE void link(struct real *real, char *text)
{
	u32 part = real->left < NAME_MOST ? (u32)real->left : NAME_MOST;

	/* LLVM would leave the mask out, which the verifier asks for. */
	asm volatile("" : "+r"(part));
	bpf_probe_read_kernel(text + TEXT_AT(real->to), part & NAME_MOST, (const void *)real->link);
	real->link += part;
	real->to += part;
	real->left -= part;
	if (real->left)
		return;
	real->phase = SPLIT;
	if (text[TEXT_AT(real->begin)] == '/') {
		real->mount = real->root_mount;
		real->dentry = real->root_dentry;
	}
}

/* A number's digits in front of what is left of the name. */
static INLINE void put_number(struct real *real, char *text, u32 number)
{
	for (u32 i = 0; i < 10; i++) {
		real->to--;
		text[TEXT_AT(real->to)] = (char)('0' + number % 10);
		number /= 10;
		if (!number)
			break;
	}
}

/* Of a task, or its process, in the namespace that a /proc shows. */
static INLINE u32 shown_number(const struct task_struct *task, u64 inode)
{
	const struct super_block *super = AT(struct inode, inode, i_sb);
	const struct proc_fs_info *info = DATA_READ(struct super_block___proc, super, s_fs_info);
	const struct pid_namespace *space = DATA_READ(struct proc_fs_info, info, pid_ns);

	return (u32)proc_number_at(proc_pid(task), DATA_READ(struct pid_namespace___level, space, level));
}

/* /proc/self and /proc/thread-self: what they lead to stands in front. */
static INLINE void own_link(struct real *real, char *text, u64 inode)
{
	const struct task_struct *task = bpf_get_current_task_btf();
	static const char tasks[] = "/task/";
	u64 end = real->begin + real->length;

	real->to = end;
	if (real->length > 4) {
		put_number(real, text, shown_number(task, inode));
		for (u32 i = 0; i < sizeof(tasks) - 1; i++) {
			real->to--;
			text[TEXT_AT(real->to)] = tasks[sizeof(tasks) - 2 - i];
		}
	}
	put_number(real, text, shown_number(task->group_leader, inode));
	real->at = real->begin = real->to;
	real->phase = SPLIT;
}

#define NAME(a, b, c, d) ((u32)(a) | (u32)(b) << 8 | (u32)(c) << 16 | (u32)(d) << 24)

/* The place of an open file. */
static INLINE u64 place_of(struct real *real, u64 file)
{
	real->open = !!file;
	return file ? file + bpf_core_field_offset(struct file, f_path) : 0;
}

/* The descriptor `fd` of a task. */
static INLINE u64 file_at(u64 task, u32 fd)
{
	const struct files_struct *files = AT(struct task_struct, task, files);
	const struct fdtable *table = files ? DATA_READ(struct files_struct, files, fdt) : 0;

	if (!table || fd >= DATA_READ(struct fdtable, table, max_fds))
		return 0;
	return word_at((u64)DATA_READ(struct fdtable, table, fd) + fd * 8ULL);
}

/* The address of a struct path; 0: it is not known. */
static INLINE u64 led_to(struct real *real, u64 inode)
{
	u64 own = inode - bpf_core_field_offset(struct proc_inode___link, vfs_inode), task, from;
	u64 dentry = entry_of(real->entry), folder = (u64)AT(struct dentry, dentry, d_parent);
	u32 name = (u32)word_at((u64)AT(struct dentry, dentry, d_name.name));

	task = word_at((u64)AT(struct proc_inode___link, own, pid) + bpf_core_field_offset(struct pid___tasks, tasks));
	if (!task)
		return 0;
	task -= bpf_core_field_offset(struct task_struct___linked, pid_links);
	from = (u64)AT(struct task_struct, task, fs);
	if (name == NAME('c', 'w', 'd', 0))
		return from ? from + bpf_core_field_offset(struct fs_struct, pwd) : 0;
	if (name == NAME('r', 'o', 'o', 't'))
		return from ? from + bpf_core_field_offset(struct fs_struct, root) : 0;
	if (name == NAME('e', 'x', 'e', 0)) {
		from = (u64)AT(struct task_struct, task, mm);
		return from ? place_of(real, (u64)AT(struct mm_struct, from, exe_file)) : 0;
	}
	name = (u32)word_at((u64)AT(struct dentry, folder, d_name.name));
	if ((name & 0xffffff) == NAME('f', 'd', 0, 0))
		return place_of(real, file_at(task, AT(struct proc_inode___link, own, fd)));
	return 0;
}

static INLINE void proc(struct real *real, char *text)
{
	u64 inode = (u64)AT(struct dentry, entry_of(real->entry), d_inode), end = real->begin + real->length, place;

	if ((u64)AT(struct dentry, real->dentry, d_parent) == real->dentry) {
		/* Others of its root lead to what they have as a text: /proc/mounts, /proc/net. */
		if (text[TEXT_AT(real->begin + real->length - 1)] == 'f')
			own_link(real, text, inode);
		else
			real->phase = UNKNOWN;
		return;
	}
	place = led_to(real, inode);
	if (!place) {
		real->phase = UNKNOWN;
		return;
	}
	real->mount = word_at(place + bpf_core_field_offset(struct path, mnt)) - bpf_core_field_offset(struct mount, mnt);
	real->dentry = word_at(place + bpf_core_field_offset(struct path, dentry));
	real->open &= is_last(real);
	real->at = real->begin = end + !is_last(real);
	real->phase = SPLIT;
}

static INLINE void up(struct real *real)
{
	u64 above;

	real->phase = MOUNT;
	if (real->dentry == real->root_dentry && real->mount == real->root_mount)
		return;
	if (real->dentry != (u64)AT(struct mount, real->mount, mnt.mnt_root)) {
		real->dentry = (u64)AT(struct dentry, real->dentry, d_parent);
		return;
	}
	above = (u64)AT(struct mount, real->mount, mnt_parent);
	if (above == real->mount)
		return;
	real->dentry = (u64)AT(struct mount, real->mount, mnt_mountpoint);
	real->mount = above;
	real->phase = UP;
}

static INLINE void mount(struct real *real)
{
	u32 mounted = MOUNTED_BEFORE;

	if (bpf_core_enum_value_exists(enum dentry_flags, DCACHE_MOUNTED))
		mounted = (u32)bpf_core_enum_value(enum dentry_flags, DCACHE_MOUNTED);
	real->phase = SPLIT;
	if (!(AT(struct dentry___real, real->dentry, d_flags) & mounted))
		return;
	real->phase = ENTER;
	real->entry = word_at(real->mount + bpf_core_field_offset(struct mount___real, mnt_mounts));
}

static INLINE void enter(struct real *real)
{
	u64 head = real->mount + bpf_core_field_offset(struct mount___real, mnt_mounts);
	u64 inner = real->entry - bpf_core_field_offset(struct mount___real, mnt_child);

	if (!real->entry || real->entry == head) {
		real->phase = SPLIT;
	} else if ((u64)AT(struct mount, inner, mnt_mountpoint) == real->dentry) {
		real->mount = inner;
		real->dentry = (u64)AT(struct mount, inner, mnt.mnt_root);
		real->phase = MOUNT;
	} else {
		real->entry = word_at(real->entry);
	}
}

static long real_step(UNUSED u32 i, struct walk_texts *texts)
{
	char *text = texts->text;
	struct real *real = REAL_OF(text);

	switch (real->phase) {
	case SPLIT:
		split(real, text);
		break;
	case CHILD:
		child(real, text);
		break;
	case COMPARE:
		compare(real, text);
		break;
	case FOUND:
		found(real);
		break;
	case LINK:
		link(real, text);
		break;
	case PROC:
		proc(real, text);
		break;
	case UP:
		up(real);
		break;
	case MOUNT:
		mount(real);
		break;
	case ENTER:
		enter(real);
		break;
	default:
		return 1;
	}
	return 0;
}

/* One byte of the name to the text's end; slashes behind it do not count, but ask for what a link leads to. */
static long take_step(u32 i, struct walk_texts *texts)
{
	struct real *real = REAL_OF(texts->text);
	char byte = texts->name[TEXT_AT(real->length - 1 - i)];

	if (i >= real->length)
		return 1;
	if (byte == '/' && real->at == DATA_TEXT_END && i + 1 < real->length) {
		real->follow = 1;
		return 0;
	}
	real->at--;
	texts->text[TEXT_AT(real->at)] = byte;
	return 0;
}

static INLINE bool begin(struct real *real, const char *name, u64 directory)
{
	struct path root = {0}, path = {0};

	walk_begin(&root, "/", 0);
	walk_begin(&path, name, directory);
	real->root_dentry = (u64)root.dentry;
	real->root_mount = (u64)root.mnt - bpf_core_field_offset(struct mount, mnt);
	real->dentry = (u64)path.dentry;
	real->mount = (u64)path.mnt - bpf_core_field_offset(struct mount, mnt);
	return path.dentry && root.dentry;
}

/* The path of the place, with the last name behind it, which is in `name` now. */
static INLINE u64 finish(struct walk_texts *texts, u32 length)
{
	struct real *real = REAL_OF(texts->text);
	struct walk *walk = WALK_OF(texts->text);
	struct path path;

	path.dentry = (void *)real->dentry;
	path.mnt = (void *)(real->mount + bpf_core_field_offset(struct mount, mnt));
	texts->text[DATA_TEXT_END] = '\0';
	walk->at = DATA_TEXT_END;
	walk->skip = 0;
	if (length)
		walk_prepend(texts->text, texts->name, length);
	return walk_up(texts, &path);
}

GLOBAL u64 dt_data_path_real(struct data_text *to, struct data_work *of, u64 length, u64 directory, u64 follow)
{
	char *text = to->bytes, *name = of->bytes;
	struct walk_texts texts = {.text = text, .name = name};
	struct real *real = REAL_OF(text);
	struct data_place place;
	u32 last = 0;

	if (!to || !of || !length || length >= ABI_TEXT_SIZE)
		return DATA_TEXT(DATA_TEXT_END);
	real->at = DATA_TEXT_END;
	real->length = length;
	real->follow = follow;
	real->links = real->looks = real->open = 0;
	bpf_loop((u32)length, take_step, &texts, 0);
	real->begin = real->at;
	real->phase = SPLIT;
	if (!begin(real, name, directory))
		return dt_data_path_joined(to, of, length, directory);
	bpf_loop(REAL_STEPS, real_step, &texts, 0);
	if (real->phase == NAMED && real->length <= NAME_MOST) {
		last = (u32)real->length;
		asm volatile("" : "+r"(last));
		bpf_probe_read_kernel(name, last & NAME_MOST, text + TEXT_AT(real->begin));
	} else if (real->phase != PLACED) {
		return dt_data_path_joined(to, of, length, directory);
	}
	place.mnt = real->mount + bpf_core_field_offset(struct mount, mnt);
	place.dentry = real->dentry;
	if (real->phase == PLACED && real->open)
		return dt_data_path_file_of(&place, to);
	return finish(&texts, last);
}
