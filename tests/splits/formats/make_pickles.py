#!/usr/bin/env python3
"""Records pickles as Python writes them, as hexadecimal text: make_pickles.py OUTPUT.json

CPython 3.11 wrote the present file. `lists` is one split in every protocol; `refused` are pickles
of something else, with what the refusal must say. The ones that call code would call len.
"""
import collections
import json
import pickle
import sys

shared = "A+B"  # one object in two lists: recalled from the memo
lists = {"train": ["ctrl", "A+ctrl", shared], "val": ["B+ctrl", "C+ctrl"],
         "test": [shared + "", "µ-opioid+ctrl"], "empty": [], "one": ["x" * 300]}
lists["test"][0] = lists["train"][2]


class Calls:
    def __reduce__(self):
        return len, ("abc",)


class State:
    def __init__(self):
        self.a = 1


refused = []
for protocol in range(6):
    refused.append(("builtins.len" if protocol > 2 else "__builtin__.len",
                    pickle.dumps({"train": [Calls()]}, protocol)))
    refused.append(("OrderedDict" if protocol > 0 else "collections.OrderedDict",
                    pickle.dumps(collections.OrderedDict(train=["A"]), protocol)))
refused.append(("State", pickle.dumps(State(), 4)))
refused.append(("calls builtins.len", b"\x80\x02cbuiltins\nlen\n."))
refused.append(("calls os.system", b"(ios\nsystem\n."))
refused.append(("calls code (opcode 0x82)", b"\x80\x02\x82\x01."))
refused.append(("calls code (opcode 0x50)", b"Pname\n."))
refused.append(("holds something else (opcode 0x4b)", pickle.dumps({"train": [1]}, 2)))
refused.append(("holds something else (opcode 0x4e)", pickle.dumps({"train": None}, 4)))
refused.append(("holds something else", pickle.dumps({"train": ("A",)}, 4)))
refused.append(("is no dict of lists", pickle.dumps(["A"], 4)))
refused.append(("is no dict of lists", pickle.dumps({"train": "A"}, 4)))
refused.append(("'train' lists what is no text", pickle.dumps({"train": [["A"]]}, 4)))
refused.append(("'a' is there twice", b"\x80\x02}(X\x01\x00\x00\x00a]X\x01\x00\x00\x00a]u."))
refused.append(("has a key without a value", b"\x80\x02}(X\x01\x00\x00\x00au."))
refused.append(("appends to what is no list", b"\x80\x02}X\x01\x00\x00\x00aa."))
refused.append(("sets an item of what is no dict", b"\x80\x02]X\x01\x00\x00\x00a]s."))
refused.append(("recalls what it never kept", b"\x80\x02h\x05."))
refused.append(("stack is empty", b"\x80\x02."))
refused.append(("stack is empty", b"\x80\x02]e."))
refused.append(("is cut off", b""))
refused.append(("is cut off", b"\x80\x02X\xff\xff\xff\xffabc"))
refused.append(("is cut off", b"\x80\x04\x8d" + b"\xff" * 8 + b"abc"))

with open(sys.argv[1], "w") as file:
    json.dump({"value": lists, "lists": [pickle.dumps(lists, p).hex() for p in range(6)],
               "refused": [{"says": says, "pickle": data.hex()} for says, data in refused]}, file,
              ensure_ascii=True)
    file.write("\n")
