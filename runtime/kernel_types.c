/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What CO-RE does, for code that takes its offsets from read-only data: the plan names each member
 * by the way to it from a struct with a name, and the running kernel's BTF says where it is. Names
 * of members count, not where they stand: one that has moved into an unnamed struct is still found.
 */
#include "runtime/kernel_types.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bpf-helpers/abi.h"
#include "image/image.h"
#include "runtime/kernel_id.h"
#include "runtime/message.h"
#include "runtime/settings.h"

/* Unnamed structs in unnamed structs, and types of types, end somewhere. */
#define MAX_DEPTH 32

/* A member as BTF has it. */
struct found {
	uint32_t type;	/* BTF ID */
	uint32_t bit;	/* from the start of the struct that it is looked for in */
	uint32_t width; /* of a bitfield, else 0 */
};

/* Behind typedefs and qualifiers; 0: nothing that values have. */
static const struct btf_type *strip(const struct btf *btf, uint32_t *id)
{
	int resolved = btf__resolve_type(btf, *id);

	if (resolved <= 0)
		return NULL;
	*id = (uint32_t)resolved;
	return btf__type_by_id(btf, *id);
}

/* The struct at the end of pointers and arrays, or NULL. */
static const struct btf_type *struct_of(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = strip(btf, &id);

	for (int depth = 0; type && depth < MAX_DEPTH; depth++) {
		if (btf_is_composite(type))
			return type;
		if (btf_is_array(type))
			id = btf_array(type)->type;
		else if (btf_is_ptr(type))
			id = type->type;
		else
			return NULL;
		type = strip(btf, &id);
	}
	return NULL;
}

static bool find_member(const struct btf *btf, const struct btf_type *in, const char *name,
			size_t length, uint32_t base, int depth, struct found *found)
{
	for (uint32_t i = 0; i < btf_vlen(in) && depth < MAX_DEPTH; i++) {
		const struct btf_member *member = &btf_members(in)[i];
		const char *its_name = btf__name_by_offset(btf, member->name_off);
		uint32_t bit = base + btf_member_bit_offset(in, i), id = member->type;
		const struct btf_type *inner;

		if (its_name && strlen(its_name) == length && !memcmp(its_name, name, length)) {
			*found = (struct found){id, bit, btf_member_bitfield_size(in, i)};
			return length > 0;
		}
		inner = its_name && *its_name ? NULL : strip(btf, &id);
		if (inner && btf_is_composite(inner) &&
		    find_member(btf, inner, name, length, bit, depth + 1, found))
			return true;
	}
	return false;
}

/* Follow a row's path. Returns 0, or -ENOENT with what is missing in `why`. */
static int follow(const struct image *image, const struct image_member *row, const struct btf *btf,
		  struct found *found, char *why, size_t size)
{
	const char *root = image_string(image, row->root), *path = image_string(image, row->path);
	const char *word = row->is_union ? "union" : "struct";
	int id =
		btf__find_by_name_kind(btf, root, row->is_union ? BTF_KIND_UNION : BTF_KIND_STRUCT);

	if (!*root) {
		snprintf(why, size,
			 "an unnamed struct cannot be found there: name the way to it "
			 "in one expression");
		return -ENOENT;
	}
	if (id <= 0) {
		snprintf(why, size, "it has no %s %s", word, root);
		return -ENOENT;
	}
	*found = (struct found){.type = (uint32_t)id};
	for (const char *end; *path; path = *end ? end + 1 : end) {
		const struct btf_type *in = struct_of(btf, found->type);

		end = path + strcspn(path, ".");
		if (!in || !find_member(btf, in, path, (size_t)(end - path), 0, 0, found)) {
			snprintf(why, size, "its %s %s has no member %s", word, root,
				 image_string(image, row->path));
			return -ENOENT;
		}
	}
	return 0;
}

/* The bits of an integer in the fewest bytes that have them all. */
static bool place_integer(const struct btf_type *type, const struct found *found,
			  struct abi_member *member)
{
	uint32_t bits = found->width ? found->width : type->size * 8, shift = found->bit % 8;

	if ((!btf_is_int(type) && !btf_is_any_enum(type)) || bits == 0 || shift + bits > 64)
		return false;
	member->bytes = (shift + bits + 7) / 8;
	member->left = 64 - bits - shift;
	member->right = 64 - bits;
	return true;
}

/* Elements that are copied must be as large as they were; structs are looked at by their members.
 */
static bool place_array(const struct image *image, const struct image_type *wanted,
			const struct btf *btf, const struct btf_type *type,
			struct abi_member *member)
{
	bool structs =
		wanted->kind == IMAGE_ARRAY && image->types[wanted->elem].kind == IMAGE_STRUCT;
	int64_t size = btf_is_array(type) ? btf__resolve_size(btf, btf_array(type)->type) : 0;

	if (size <= 0 || size > UINT32_MAX || (!structs && size != member->element))
		return false;
	member->element = (uint32_t)size;
	member->count = btf_array(type)->nelems;
	if ((uint64_t)member->count * member->element < member->bytes)
		member->bytes = member->count * member->element;
	return true;
}

/* A member that was found: is it still of the kind, and where is it? */
static bool place(const struct image *image, const struct image_member *row, const struct btf *btf,
		  const struct found *found, struct abi_member *member)
{
	const struct image_type *wanted = &image->types[row->type];
	uint32_t id = found->type;
	const struct btf_type *type = strip(btf, &id);

	member->offset = found->bit / 8;
	if (!type)
		return false;
	if (wanted->kind == IMAGE_INT)
		return place_integer(type, found, member);
	if (wanted->kind == IMAGE_POINTER)
		return btf_is_ptr(type);
	if (wanted->kind == IMAGE_STRING || wanted->kind == IMAGE_ARRAY)
		return place_array(image, wanted, btf, type, member);
	return wanted->kind != IMAGE_STRUCT || btf_is_composite(type);
}

static bool same_layout(const struct image *image, uint32_t index, const struct btf *btf,
			uint32_t id);

static bool same_struct(const struct image *image, const struct image_type *wanted,
			const struct btf *btf, const struct btf_type *type)
{
	struct found found;

	if (!btf_is_composite(type) || type->size != wanted->size)
		return false;
	for (uint32_t i = 0; i < wanted->n_fields; i++) {
		const struct image_field *field = &image->fields[wanted->first_field + i];
		const char *name = image_string(image, field->name);

		if (!find_member(btf, type, name, strlen(name), 0, 0, &found) ||
		    found.bit != (uint64_t)field->offset * 8 + field->bit ||
		    found.width != field->bits || !same_layout(image, field->type, btf, found.type))
			return false;
	}
	return true;
}

/* Types of an image end: each only refers to those before it. */
static bool same_layout(const struct image *image, uint32_t index, const struct btf *btf,
			uint32_t id)
{
	const struct image_type *wanted = &image->types[index];
	const struct btf_type *type = strip(btf, &id);

	if (!type)
		return false;
	if (wanted->kind == IMAGE_BOOL || wanted->kind == IMAGE_INT || wanted->kind == IMAGE_ENUM)
		return (btf_is_int(type) || btf_is_any_enum(type)) && type->size == wanted->size;
	if (wanted->kind == IMAGE_POINTER)
		return btf_is_ptr(type);
	if (wanted->kind == IMAGE_STRUCT)
		return same_struct(image, wanted, btf, type);
	if (wanted->kind == IMAGE_STRING)
		return btf_is_array(type) && btf_array(type)->nelems == wanted->size;
	if (wanted->kind == IMAGE_ARRAY)
		return btf_is_array(type) && btf_array(type)->nelems == wanted->count &&
		       same_layout(image, wanted->elem, btf, btf_array(type)->type);
	return true;
}

/* Its name. */
static const char *enumerator(const struct btf *btf, const struct btf_type *type, uint32_t i,
			      uint64_t *value)
{
	if (btf_is_enum64(type)) {
		*value = btf_enum64_value(&btf_enum64(type)[i]);
		return btf__name_by_offset(btf, btf_enum64(type)[i].name_off);
	}
	*value = btf_kflag(type) ? (uint64_t)(int64_t)btf_enum(type)[i].val
				 : (uint32_t)btf_enum(type)[i].val;
	return btf__name_by_offset(btf, btf_enum(type)[i].name_off);
}

/* Names of enumerators are the kernel's own once only, but an enum may have got a name or lost it.
 */
static int find_enumerator(const struct btf *btf, const char *root, const char *name,
			   struct abi_member *member)
{
	bool found = false;
	uint64_t value;

	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *its_name = btf__name_by_offset(btf, type->name_off);
		bool same = its_name && !strcmp(its_name, root);

		for (uint32_t i = 0; btf_is_any_enum(type) && i < btf_vlen(type); i++) {
			const char *text = enumerator(btf, type, i, &value);

			if (!text || strcmp(text, name) != 0 || (found && !same))
				continue;
			member->offset = (uint32_t)value;
			member->bytes = (uint32_t)(value >> 32);
			found = true;
			if (same)
				return 0;
		}
	}
	return found ? 0 : -ENOENT;
}

static int resolve(const struct image *image, const struct image_member *row, const struct btf *btf,
		   struct abi_member *member, char *why, size_t size)
{
	struct found found;
	int64_t bytes;
	int err;

	if (row->kind == IMAGE_MEMBER_ENUMERATOR) {
		err = find_enumerator(btf, image_string(image, row->root),
				      image_string(image, row->path), member);
		if (err)
			snprintf(why, size, "no enum of it has %s", image_string(image, row->path));
		return err;
	}
	err = follow(image, row, btf, &found, why, size);
	if (err)
		return err;
	switch ((enum image_member_kind)row->kind) {
	case IMAGE_MEMBER_FIELD:
		if (place(image, row, btf, &found, member))
			return 0;
		snprintf(why, size, "the member %s of its %s %s is of another type",
			 image_string(image, row->path), row->is_union ? "union" : "struct",
			 image_string(image, row->root));
		return -EINVAL;
	case IMAGE_MEMBER_SIZE:
		bytes = btf__resolve_size(btf, found.type);
		member->bytes = bytes > 0 && bytes <= UINT32_MAX ? (uint32_t)bytes : 0;
		return 0;
	case IMAGE_MEMBER_ENUMERATOR:
		break;
	case IMAGE_MEMBER_LAYOUT:
		if (same_layout(image, row->type, btf, found.type))
			return 0;
		snprintf(why, size, "its %s %s has another layout, and the script copies it whole",
			 row->is_union ? "union" : "struct", image_string(image, row->root));
		return -EINVAL;
	}
	return -EINVAL;
}

int kernel_types_resolve(const struct image *image, const struct btf *btf, char *bytes,
			 unsigned long size)
{
	struct abi_member member;
	char why[512];
	int err = 0;

	for (uint32_t i = 0; i < image->n_members; i++) {
		const struct image_member *row = &image->members[i];
		int result;

		if (row->offset > size || size - row->offset < sizeof(member)) {
			message_error("member %u of the image's kernel structs lies outside it", i);
			return -EINVAL;
		}
		memcpy(&member, bytes + row->offset, sizeof(member));
		result = resolve(image, row, btf, &member, why, sizeof(why));
		memcpy(bytes + row->offset, &member, sizeof(member));
		if (!result)
			continue;
		message_error(
			"%s:%u: the running kernel is not the one that the image was made on: %s",
			image_string(image, image->header->script), row->line, why);
		err = result;
	}
	return err;
}

/* True if the image has the running kernel's numbers already. */
static bool is_at_home(const struct image *image)
{
	char id[256];

	return !image->n_members ||
	       (!kernel_id(id, sizeof(id)) && !strcmp(id, settings_kernel(image)));
}

int kernel_types_fill(struct bpf_object *object, const struct image *image)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ABI_KERNEL_SECTION);
	struct btf *btf;
	size_t size = 0;
	/* libbpf owns the bytes; it says const but documents that they are there to be written. */
	char *bytes = map ? (char *)(uintptr_t)bpf_map__initial_value(map, &size) : NULL;
	int err;

	/* Without the section no program reads what the plan names. */
	if (!bytes || is_at_home(image))
		return 0;
	btf = btf__load_vmlinux_btf();
	if (!btf) {
		err = -errno;
		message_error("%s: it was made on another kernel, and the types of the running one "
			      "could not be read: %s",
			      image_string(image, image->header->script), message_errno(err));
		return err;
	}
	err = kernel_types_resolve(image, btf, bytes, size);
	btf__free(btf);
	return err;
}
