# SPDX-License-Identifier: Apache-2.0
"""Edits images: members of the maps' BTF, sections, rows of the plan. The checksum is made right again."""
import re
import struct
import zlib

# As image/image.h has them.
HEADER, ARRAY = 32, 8


def sections_of(folder):
    """Names of the plan's arrays with the sizes of their rows, in the header's order."""
    sizes = {"type": 32, "field": 24, "program": 16, "probe": 32, "site": 24, "map": 56, "event": 52, "arg": 8, "piece": 24,
             "parameter": 24, "setting": 8, "record": 16, "column": 8, "rule": 16, "tree": 8, "member": 32}
    rows = re.findall(r"(?m)^SECTION\((\w+),\s*image_(\w+)\)", (folder / "image/sections.def").read_text())
    return {name: (n, sizes[row]) for n, (name, row) in enumerate(rows)}


class Image:
    def __init__(self, data, folder):
        self.data, self.folder = bytearray(data), folder
        (offset,), (count, names) = struct.unpack_from("<Q", data, 40), struct.unpack_from("<HH", data, 60)
        self.headers = [offset + 64 * i for i in range(count)]
        strings = struct.unpack_from("<Q", data, self.headers[names] + 24)[0]
        self.sections = {}
        for at in self.headers:
            name, _, _, _, start, size = struct.unpack_from("<IIQQQQ", data, at)
            self.sections[self.text(strings + name)] = (start, size)
        self.plan, self.plan_size = self.sections[".duetrace.image"]
        self.arrays = sections_of(folder)

    def text(self, at):
        return bytes(self.data[at:self.data.index(0, at)]).decode()

    # --- the plan ---

    def array(self, name):
        """Where an array's rows begin, their size and how many there are."""
        at, size = (HEADER, 1) if name == "strings" else (HEADER + ARRAY * (1 + self.arrays[name][0]), self.arrays[name][1])
        offset, count = struct.unpack_from("<II", self.data, self.plan + at)
        return self.plan + offset, size, count

    def word(self, name, row, index, value=None):
        """A 32-bit word of a row, read or set."""
        start, size, count = self.array(name)
        assert row < count and index * 4 < size
        at = start + row * size + index * 4
        if value is not None:
            struct.pack_into("<I", self.data, at, value)
        return struct.unpack_from("<I", self.data, at)[0]

    def string(self, offset):
        return self.text(self.array("strings")[0] + offset)

    def signed(self):
        at = self.plan + 8
        struct.pack_into("<I", self.data, at, 0)
        struct.pack_into("<I", self.data, at, zlib.crc32(self.data))
        return bytes(self.data)

    # --- BTF ---

    def btf(self):
        """ID -> (place, kind, vlen, name, word) of each type."""
        start, _ = self.sections[".BTF"]
        length, _, types_size, strings, _ = struct.unpack_from("<IIIII", self.data, start + 4)
        at, end, number, found = start + length, start + length + types_size, 1, {}
        self.btf_strings = start + length + strings
        while at < end:
            name, info, word = struct.unpack_from("<III", self.data, at)
            kind, vlen = info >> 24 & 31, info & 0xffff
            found[number] = (at, kind, vlen, self.text(self.btf_strings + name), word)
            at += 12 + {1: 4, 3: 12, 4: 12 * vlen, 5: 12 * vlen, 6: 8 * vlen, 13: 8 * vlen, 14: 4, 15: 12 * vlen, 17: 4, 19: 12 * vlen}.get(kind, 0)
            number += 1
        return found

    def member(self, of, name):
        """Where the member of a map's definition is."""
        types = self.btf()
        struct_id = next(word for _, kind, _, text, word in types.values() if kind == 14 and text == of)
        at, kind, vlen, _, _ = types[struct_id]
        assert kind == 4
        for i in range(vlen):
            if self.text(self.btf_strings + struct.unpack_from("<I", self.data, at + 12 + 12 * i)[0]) == name:
                return at + 12 + 12 * i
        raise AssertionError(f"{of} has no {name}")

    def number(self, count):
        """ID of the pointer to an array of so many: how maps say a number."""
        types = self.btf()
        for number, (at, kind, _, _, word) in types.items():
            if kind == 2 and word in types and types[word][1] == 3:
                if struct.unpack_from("<I", self.data, types[word][0] + 20)[0] == count:
                    return number
        raise AssertionError(f"no array of {count}")

    def set_pointed(self, of, name, count):
        """Make the array longer that the member points to."""
        types = self.btf()
        array = types[types[struct.unpack_from("<I", self.data, self.member(of, name) + 4)[0]][4]]
        assert array[1] == 3
        struct.pack_into("<I", self.data, array[0] + 20, count)

    def set_member(self, of, name, count, new_name=None):
        at = self.member(of, name)
        struct.pack_into("<I", self.data, at + 4, self.number(count))
        if new_name:
            start = self.btf_strings
            found = self.data.index(new_name.encode() + b"\0", start)
            struct.pack_into("<I", self.data, at, found - start)
