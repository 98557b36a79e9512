// SPDX-License-Identifier: Apache-2.0
/*
 * System V ABI for AMD64, 3.2.3: what is no larger than two words is passed in registers, each word
 * by what is in it; what has no room there goes to the stack as a whole. Procedure Call Standard
 * for arm64, 6.8.2: what is larger is passed by its address, and one to four real numbers of one
 * kind in registers for vectors.
 */
#include "cli/dwarf_place.h"

#include <dwarf.h>
#include <stdio.h>
#include <string.h>

#include "lang/registers.h"

#define MAX_STRIP 64
#define MAX_DEPTH 32
/* Leaves that are looked at: more do not fit into two words. */
#define MAX_LEAVES 4096
/* Types that are looked at, as a type of a few lines has any number of members in members. */
#define MAX_SEEN   (4 * MAX_LEAVES)
#define VECTORS	   8
#define WORD	   8u
/* From here on nothing is known any more. */
#define LOST (UINT32_MAX / 2)

enum word_class { CLASS_NONE, CLASS_INTEGER, CLASS_VECTOR };

/* What a type has in each of its first two words. */
struct contents {
	enum word_class words[2];
	bool memory;  /* it is never in registers */
	bool wide;    /* it begins at a multiple of 16 */
	bool unknown; /* it has something that is not told here */
	uint32_t leaves;
	uint32_t seen; /* types, leaves or not */
};

bool dwarf_type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attribute;

	if (!dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type))
		return false;
	for (int i = 0; i < MAX_STRIP; i++) {
		switch (dwarf_tag(type)) {
		case DW_TAG_typedef:
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
		case DW_TAG_atomic_type:
			if (!dwarf_formref_die(dwarf_attr_integrate(type, DW_AT_type, &attribute),
					       type))
				return false;
			break;
		default:
			return true;
		}
	}
	return false;
}

uint64_t dwarf_number(Dwarf_Die *die, unsigned name, uint64_t otherwise)
{
	Dwarf_Attribute attribute;
	Dwarf_Word value;

	return dwarf_formudata(dwarf_attr_integrate(die, name, &attribute), &value) ? otherwise
										    : value;
}

bool dwarf_is_member(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);

	/* A static one is elsewhere. */
	return (tag == DW_TAG_member && !dwarf_hasattr(die, DW_AT_external) &&
		!dwarf_hasattr(die, DW_AT_declaration)) ||
	       tag == DW_TAG_inheritance;
}

uint64_t dwarf_member_bit(Dwarf_Die *member, uint64_t *bits)
{
	uint64_t at = dwarf_number(member, DW_AT_data_member_location, 0) * 8;

	*bits = dwarf_number(member, DW_AT_bit_size, 0);
	if (*bits && dwarf_hasattr(member, DW_AT_data_bit_offset))
		return dwarf_number(member, DW_AT_data_bit_offset, 0);
	/* before DWARF 4: from the highest bit on */
	if (*bits)
		at += dwarf_number(member, DW_AT_byte_size, 0) * 8 -
		      dwarf_number(member, DW_AT_bit_offset, 0) - *bits;
	return at;
}

static bool is_struct(int tag)
{
	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

static bool is_address(int tag)
{
	return tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
	       tag == DW_TAG_rvalue_reference_type;
}

static uint64_t size_of(Dwarf_Die *type)
{
	int size = dwarf_bytesize(type);

	return is_address(dwarf_tag(type)) ? WORD : size < 0 ? 0 : (uint64_t)size;
}

static bool is_real(Dwarf_Die *type)
{
	uint64_t encoding = dwarf_number(type, DW_AT_encoding, 0);

	return dwarf_tag(type) == DW_TAG_base_type &&
	       (encoding == DW_ATE_float || encoding == DW_ATE_complex_float ||
		encoding == DW_ATE_decimal_float);
}

/* The 80 bits of the x87, which no register for vectors holds. */
static bool is_extended(Dwarf_Die *type)
{
#ifdef __x86_64__
	const char *name = dwarf_diename(type);

	return dwarf_number(type, DW_AT_encoding, 0) != DW_ATE_decimal_float &&
	       size_of(type) >= 2 * WORD && name && !strstr(name, "128") &&
	       !strstr(name, "complex double");
#else
	(void)type;
	return false;
#endif
}

/* A number at a bit, of so many bits. Something that is not at a multiple of its size is in memory.
 */
static void add_leaf(struct contents *contents, Dwarf_Die *type, uint64_t at, uint64_t bits)
{
	uint64_t size = bits ? bits : size_of(type) * 8, unit = size;
	bool real = is_real(type);

	contents->unknown |= !size || ++contents->leaves > MAX_LEAVES;
	if (contents->unknown)
		return;
	if (real && dwarf_number(type, DW_AT_encoding, 0) == DW_ATE_complex_float)
		unit /= 2;
	contents->wide |= unit >= 16 * WORD;
	/* The file may say what it likes of both. */
	contents->memory |= (!bits && unit && at % unit) || (real && is_extended(type)) ||
			    size > 16 * WORD || at > 16 * WORD - size;
	if (contents->memory)
		return;
	for (uint64_t word = at / 64; word <= (at + size - 1) / 64; word++)
		if (contents->words[word] != CLASS_INTEGER)
			contents->words[word] = real ? CLASS_VECTOR : CLASS_INTEGER;
}

static void add(struct contents *contents, Dwarf_Die *type, uint64_t at, uint64_t bits, int depth);

static void add_array(struct contents *contents, Dwarf_Die *array, uint64_t at, int depth)
{
	Dwarf_Die elem, dimension;
	uint64_t count = 1;

	for (int more = dwarf_child(array, &dimension); !more;
	     more = dwarf_siblingof(&dimension, &dimension))
		if (dwarf_tag(&dimension) == DW_TAG_subrange_type)
			count *= dwarf_number(
				&dimension, DW_AT_count,
				dwarf_number(&dimension, DW_AT_upper_bound, UINT64_MAX) + 1);
	/* An array for vector instructions is one value. */
	if (!dwarf_type_of(array, &elem) || dwarf_hasattr(array, DW_AT_GNU_vector)) {
		contents->unknown = true;
		return;
	}
	contents->memory |= count > 2 * WORD;
	for (uint64_t i = 0; i < (contents->memory ? count > 0 : count); i++)
		add(contents, &elem, at + i * size_of(&elem) * 8, 0, depth);
}

static void add(struct contents *contents, Dwarf_Die *type, uint64_t at, uint64_t bits, int depth)
{
	Dwarf_Die member, of;
	int tag = dwarf_tag(type);

	contents->wide |= dwarf_number(type, DW_AT_alignment, 0) >= 2 * WORD;
	contents->unknown |= depth > MAX_DEPTH || ++contents->seen > MAX_SEEN;
	if (contents->unknown)
		return;
	if (tag == DW_TAG_array_type) {
		add_array(contents, type, at, depth + 1);
	} else if (is_struct(tag)) {
		for (int more = dwarf_child(type, &member); !more;
		     more = dwarf_siblingof(&member, &member)) {
			uint64_t n;

			if (!dwarf_is_member(&member))
				continue;
			if (dwarf_type_of(&member, &of))
				add(contents, &of, at + dwarf_member_bit(&member, &n),
				    dwarf_number(&member, DW_AT_bit_size, 0), depth + 1);
			else
				contents->unknown = true;
		}
	} else {
		add_leaf(contents, type, at, bits);
	}
}

/* How C++ hands a class over. */
enum passing { BY_VALUE, BY_ADDRESS, PASSING_UNKNOWN };

/* Is it a constructor from another of the class? */
static bool is_copy(Dwarf_Die *method, Dwarf_Die *class)
{
	Dwarf_Die parameter, type, of;
	int seen = 0;

	for (int more = dwarf_child(method, &parameter); !more;
	     more = dwarf_siblingof(&parameter, &parameter)) {
		if (dwarf_tag(&parameter) != DW_TAG_formal_parameter)
			continue;
		/* The first is `this`. */
		if (seen++ == 1 && dwarf_type_of(&parameter, &type) &&
		    is_address(dwarf_tag(&type)) && dwarf_tag(&type) != DW_TAG_pointer_type &&
		    dwarf_type_of(&type, &of))
			return of.addr == class->addr;
	}
	return false;
}

static bool flag(Dwarf_Die *die, unsigned name)
{
	Dwarf_Attribute attribute;
	bool set;

	return !dwarf_formflag(dwarf_attr(die, name, &attribute), &set) && set;
}

/* What a method says: the compiler's own copy byte by byte, if all members do. */
static enum passing passing_of_method(Dwarf_Die *method, Dwarf_Die *class, int version)
{
	const char *name = dwarf_diename(method), *own = dwarf_diename(class);

	if (!name || !own || (*name != '~' && (strcmp(name, own) || !is_copy(method, class))) ||
	    flag(method, DW_AT_artificial) || dwarf_hasattr(method, DW_AT_defaulted))
		return BY_VALUE;
	return version < 5 || dwarf_hasattr(method, DW_AT_deleted) ? PASSING_UNKNOWN : BY_ADDRESS;
}

/*
 * What has a copy constructor or a destructor of somebody's, or a member that has, or virtual
 * functions, is passed by its address. Not every compiler says so of the class.
 */
static enum passing passing_of(Dwarf_Die *class, int version, int depth, uint32_t *seen)
{
	uint64_t said = dwarf_number(class, DW_AT_calling_convention, 0);
	enum passing passing = BY_VALUE, one;
	Dwarf_Die child, of;

	if (said == DW_CC_pass_by_value || said == DW_CC_pass_by_reference)
		return said == DW_CC_pass_by_value ? BY_VALUE : BY_ADDRESS;
	if (depth > MAX_DEPTH || ++*seen > MAX_SEEN)
		return PASSING_UNKNOWN;
	for (int more = dwarf_child(class, &child); !more; more = dwarf_siblingof(&child, &child)) {
		const char *name = dwarf_diename(&child);

		one = BY_VALUE;
		if (dwarf_tag(&child) == DW_TAG_subprogram)
			one = passing_of_method(&child, class, version);
		else if (dwarf_is_member(&child) && name && !strncmp(name, "_vptr", 5))
			one = BY_ADDRESS;
		else if (dwarf_is_member(&child) && dwarf_type_of(&child, &of) &&
			 is_struct(dwarf_tag(&of)))
			one = passing_of(&of, version, depth + 1, seen);
		if (one == BY_ADDRESS)
			return one;
		if (one == PASSING_UNKNOWN)
			passing = one;
	}
	return passing;
}

/* What other languages do with structs is theirs. */
static bool is_by_address(const struct dwarf_places *places, Dwarf_Die *type, bool *known)
{
	enum passing passing = BY_VALUE;
	uint32_t seen = 0;

	if (places->family == DWARF_CPLUSPLUS)
		passing = passing_of(type, places->version, 0, &seen);
	*known = places->family != DWARF_OTHER && passing != PASSING_UNKNOWN;
	return passing == BY_ADDRESS;
}

static struct contents contents_of(Dwarf_Die *type)
{
	struct contents contents = {.memory = size_of(type) > 2 * WORD};

	add(&contents, type, 0, 0, 0);
	return contents;
}

static void lose(struct dwarf_places *places)
{
	places->registers = places->stack = places->vectors = LOST;
}

static int version_of(Dwarf_Die *function)
{
	Dwarf_Half version = 0;
	Dwarf_Die unit;

	return dwarf_cu_info(function->cu, &version, NULL, &unit, NULL, NULL, NULL, NULL) ? 0
											  : version;
}

static enum dwarf_family family_of(Dwarf_Die *function)
{
	Dwarf_Die unit;

	switch (dwarf_diecu(function, &unit, NULL, NULL) ? dwarf_srclang(&unit) : -1) {
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case 0x2c: /* DW_LANG_C17 */
	case 0x3e: /* DW_LANG_C23 */
		return DWARF_C;
	case DW_LANG_C_plus_plus:
	case DW_LANG_C_plus_plus_03:
	case DW_LANG_C_plus_plus_11:
	case DW_LANG_C_plus_plus_14:
	case 0x2b: /* DW_LANG_C_plus_plus_17 */
	case 0x2d: /* DW_LANG_C_plus_plus_20 */
		return DWARF_CPLUSPLUS;
	default:
		return DWARF_OTHER;
	}
}

void dwarf_places_start(struct dwarf_places *places, Dwarf_Die *function)
{
	Dwarf_Die result;
	bool known;

	*places = (struct dwarf_places){.family = family_of(function),
					.version = version_of(function)};
	if (!dwarf_type_of(function, &result) || !is_struct(dwarf_tag(&result)))
		return;
#ifdef __x86_64__
	/* What is not returned in registers goes where the first parameter says. */
	if (is_by_address(places, &result, &known) || contents_of(&result).memory)
		places->registers++;
	else if (!known)
		lose(places);
#else
	(void)known;
#endif
}

static void put_stack(struct dwarf_places *places, uint32_t words, bool wide, char *text,
		      size_t size)
{
	if (places->stack >= LOST)
		return;
	if (wide)
		places->stack += places->stack & 1;
	snprintf(text, size, "s%u", places->stack);
	places->stack += words;
}

static void put_address(struct dwarf_places *places, char *text, size_t size)
{
	if (places->registers < REGISTER_ARGUMENTS)
		snprintf(text, size, "R%u", places->registers++);
	else if (places->stack < LOST)
		places->stack++;
}

/* In registers for vectors, in others, in both, or on the stack if there are not enough of one
 * kind. */
static void put_words(struct dwarf_places *places, Dwarf_Die *type, const struct contents *contents,
		      char *text, size_t size)
{
	uint32_t words = (uint32_t)((size_of(type) + WORD - 1) / WORD), integers = 0, vectors = 0;
	for (uint32_t i = 0; i < words; i++) {
		integers += contents->words[i] == CLASS_INTEGER;
		vectors += contents->words[i] == CLASS_VECTOR;
	}
	/* One number of 16 bytes is in one register. */
	if (vectors == 2 && contents->leaves == 1 &&
	    dwarf_number(type, DW_AT_encoding, 0) == DW_ATE_float)
		vectors = 1;
#ifndef __x86_64__
	if (!integers)
		vectors = contents->leaves;
	else
		integers = words, vectors = 0;
	if (contents->wide && places->registers < REGISTER_ARGUMENTS)
		places->registers += places->registers & 1;
#endif
	if (integers + vectors == 0)
		return;
	if (places->registers + integers > REGISTER_ARGUMENTS ||
	    places->vectors + vectors > VECTORS) {
#ifndef __x86_64__
		if (integers)
			places->registers = REGISTER_ARGUMENTS;
		else
			places->vectors = VECTORS;
#endif
		put_stack(places, words, contents->wide, text, size);
		return;
	}
	if (vectors)
		snprintf(text, size, "v");
	else
		snprintf(text, size, "r%u", places->registers);
	places->registers += integers;
	places->vectors += vectors;
}

void dwarf_places_next(struct dwarf_places *places, Dwarf_Die *parameter, char *text, size_t size)
{
	struct contents contents;
	Dwarf_Die type;
	bool known = true;

	snprintf(text, size, "-");
	if (!dwarf_type_of(parameter, &type) || places->registers >= LOST) {
		lose(places);
		return;
	}
	if (is_struct(dwarf_tag(&type)) && is_by_address(places, &type, &known)) {
		put_address(places, text, size);
		return;
	}
	contents = contents_of(&type);
	if (!known || contents.unknown) {
		lose(places);
	} else if (!contents.memory) {
		put_words(places, &type, &contents, text, size);
	} else if (is_struct(dwarf_tag(&type)) || is_real(&type)) {
#ifdef __x86_64__
		put_stack(places, (uint32_t)((size_of(&type) + WORD - 1) / WORD), is_real(&type),
			  text, size);
#else
		put_address(places, text, size);
#endif
	} else {
		lose(places);
	}
}
