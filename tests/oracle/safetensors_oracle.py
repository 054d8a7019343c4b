"""Reads a file of tensors and writes it again, by the format's description alone: an independent judge of Safetensors.fs.

python3 safetensors_oracle.py FROM TO     prints {"metadata": …, "tensors": {name: [dtype, shape, hex of the values]}} as JSON
"""
import json
import struct
import sys

SIZES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "U8": 1}

with open(sys.argv[1], "rb") as file:
    data = file.read()
(length,) = struct.unpack("<Q", data[:8])
header = json.loads(data[8 : 8 + length])
body = data[8 + length :]
assert length % 8 == 0, "data begin at a multiple of 8"
metadata = header.pop("__metadata__")
tensors = {}
end = 0
for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
    first, last = entry["data_offsets"]
    count = 1
    for size in entry["shape"]:
        count *= size
    assert first == end and last - first == count * SIZES[entry["dtype"]] and first % SIZES[entry["dtype"]] == 0, name
    end = last
    tensors[name] = [entry["dtype"], entry["shape"], body[first:last].hex()]
assert end == len(body), "the file ends with the last tensor"
print(json.dumps({"metadata": metadata, "tensors": tensors}))

# The other way round, with the tensors in the order of their names and no hash.
header = {"__metadata__": {"from": "Python"}}
body = b""
for name, (dtype, shape, values) in sorted(tensors.items()):
    values = bytes.fromhex(values)
    header[name] = {"shape": shape, "data_offsets": [len(body), len(body) + len(values)], "dtype": dtype}
    body += values
text = json.dumps(header).encode()
with open(sys.argv[2], "wb") as file:
    file.write(struct.pack("<Q", len(text)) + text + body)
