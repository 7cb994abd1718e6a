#!/usr/bin/env python3
"""Writes the files of this folder and expected.tsv: files of numpy, Octave, scipy and by hand, good and bad, all small.

Element i of H in row-major order of [realization, user, accessPoint, (userAntenna,) antenna] is (i + 1)/8 - j (i + 1)/16: every good file can be checked.
Needs numpy, scipy and octave-cli (Debian: python3-numpy, python3-scipy, octave). Times stand in what they write: a new run gives other bytes, same content.
"""
import io
import os
import struct
import subprocess
import zipfile
import zlib

import numpy as np
import scipy.io

os.chdir(os.path.dirname(os.path.abspath(__file__)))
expected = {}


def h(*shape, dtype="c8"):
    i = np.arange(1, np.prod(shape) + 1)
    return (i / 8 - 1j * i / 16).reshape(shape).astype(dtype)


def good(name, *shape):
    expected[name] = str(list(shape))
    return name


def bad(name, reason):
    expected[name] = reason
    return name


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def octave(*lines):
    subprocess.run(["octave-cli", "--norc", "--quiet", "--eval", "\n".join(lines)], check=True)


fields = dict(
    power=np.array([1.0, 2]), noise=np.float64(0.5), weight=np.array([1.0, 0, 2]), serving=np.array([[1, 0, 1], [0, 1, 1]], bool),
    streams=np.array([[1, 0, 2], [0, 1, 1]], "u1"), maxStreams=np.array([1, 1, 2], "i2"), meta=np.array("{}"),
    accessPointPosition=np.arange(12, dtype="f4").reshape(2, 2, 3), userPosition=np.arange(9.0).reshape(3, 3),
    pathCoefficient=np.ones((2, 3, 2, 1), "c8"), pathCosine=np.zeros((2, 3, 2, 1), "f4"), carrierFrequencyHz=np.float64(2e9))

# .npy
np.save(good("c8.npy", 2, 3, 2, 4), h(2, 3, 2, 4))
with open(good("fortran_big_endian.npy", 1, 2, 2, 3), "wb") as file:
    np.lib.format.write_array(file, np.asfortranarray(h(2, 2, 3).astype(">c16")), version=(2, 0))
np.save(good("rows.npy", 1, 2, 2, 2, 3), h(1, 2, 2, 2, 3))
np.save(bad("object.npy", "Pickles"), np.array([[[{}]]], object), allow_pickle=True)
np.save(bad("text.npy", "real numbers"), np.array([[["H"]]]))
np.save(bad("nan.npy", "not finite"), np.full((1, 1, 3), np.nan, "c8"))
np.save(bad("empty.npy", "no coefficients"), np.zeros((0, 3, 2, 4), "c8"))
np.save("x.npy", h(1, 1, 4))
x = open("x.npy", "rb").read()
os.remove("x.npy")
write(bad("truncated.npy", "32 bytes for shape"), x[:-5])
write(bad("32_gib.npy", "4294967296"), x[:128].replace(b"(1, 1, 4), ", b"(4294967296,)")[:128])

# .npz
np.savez(good("stored.npz", 2, 3, 2, 4), H=h(2, 3, 2, 4), **fields)
np.savez_compressed(good("deflated.npz", 2, 3, 2, 4), H=h(2, 3, 2, 4, dtype="c16"), **fields)
np.savez(bad("no_h.npz", "has no array 'H'"), G=h(1, 1, 1))
np.savez(bad("contradiction.npz", "'power' has shape (3)"), H=h(2, 3, 2, 4), power=np.ones(3))
np.savez(bad("negative_weight.npz", "Weight is -1"), H=h(2, 1, 3), weight=np.array([1.0, -1]))
stored = open("stored.npz", "rb").read()
write(bad("wrong_crc.npz", "CRC-32"), stored.replace(struct.pack("<f", 6.0), struct.pack("<f", 6.5), 1))
write(bad("truncated.npz", "no end-of-directory record"), stored[: len(stored) // 2])
stream = io.BytesIO()
with zipfile.ZipFile(stream, "w", zipfile.ZIP_LZMA) as archive:
    archive.writestr("H.npy", x)
write(bad("lzma.npz", "method 14"), stream.getvalue())

# .mat
make_h = "i = 1:48; H = single(permute(reshape(i/8 - 1j*i/16, [4 2 3 2]), [4 3 2 1])); "
octave(
    make_h + "power = [1 2]; noise = 0.5; weight = [1; 0; 2]; serving = logical([1 0 1; 0 1 1]); streams = uint8([1 0 2; 0 1 1]); maxStreams = int16([1 1 2]);"
    "meta = '{}'; carrierFrequencyHz = 2e9; userPosition = reshape(0:8, 3, 3)'; accessPointPosition = zeros(2, 2, 3); pathCoefficient = ones(2, 3, 2); pathCosine = zeros(2, 3, 2);"
    f"save('-v6', '{good('octave_v6.mat', 2, 3, 2, 4)}'); save('-v7', '{good('octave_v7.mat', 2, 3, 2, 4)}');"
    "H = reshape(single((1:24)/8 - 1j*(1:24)/16), [3 4 2]); H = permute(H, [3 2 1]); weight = ones(1, 4); power = [1 2 3];"
    f"save('-v7', '{good('dropped_axis.mat', 2, 4, 3, 1)}', 'H', 'weight', 'power');"
    f"clear H; H.h = 1; save('-v7', '{bad('struct.mat', 'class struct')}', 'H');"
    f"H = sparse(eye(3)); save('-v7', '{bad('sparse.mat', 'full(H)')}', 'H');"
    f"H = eye(3); save('{bad('octave_text.mat', 'text format')}', 'H');"
    f"save('-v4', '{bad('v4.mat', 'level 4')}', 'H'); save('-v7', '{bad('two_axes.mat', 'Name the axes')}', 'H');"
    f"H = 'text'; save('-v7', '{bad('characters.mat', 'axes')}', 'H');")
scipy.io.savemat(
    good("scipy_beside_others.mat", 1, 3, 2, 4), dict(s=dict(a=1, b="x"), c=np.array([1, "a"], object), H=h(3, 2, 4, dtype="c16"), z=np.eye(2, dtype=bool)), do_compression=True)


def element(order, kind, data):
    if 0 < len(data) <= 4:
        return struct.pack(order + "I", kind | len(data) << 16) + data.ljust(4, b"\0")
    return struct.pack(order + "II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(order, name, kind, flags, shape, *parts):
    head = element(order, 6, struct.pack(order + "II", kind | flags, 0)) + element(order, 5, struct.pack(f"{order}{len(shape)}i", *shape)) + element(order, 1, name)
    return element(order, 14, head + b"".join(parts))


def header(order, version=0x0100, text=b"MATLAB 5.0 MAT-file, by hand"):
    return text.ljust(116) + bytes(8) + struct.pack(order + "HH", version, 0x4D49)


def compressed(order, data):
    packed = zlib.compress(data, 9)
    return struct.pack(order + "II", 15, len(packed)) + packed


values = h(3, 2, 4).ravel(order="F")
parts = [element(">", 7, values.real.astype(">f4").tobytes()), element(">", 9, values.imag.astype(">f8").tobytes())]
power = matrix(">", b"power", 6, 0, [1, 2], element(">", 2, b"\1\2"))
write(good("big_endian.mat", 1, 3, 2, 4), header(">") + matrix(">", b"H", 7, 0x800, [3, 2, 4], *parts) + power)
write(good("big_endian_v7.mat", 1, 3, 2, 4), header(">") + compressed(">", matrix(">", b"H", 7, 0x800, [3, 2, 4], *parts)) + compressed(">", power))
huge = [2000000000, 1, 1]
write(bad("16_gb.mat", "elements or more"), header("<") + matrix("<", b"H", 6, 0, huge, element("<", 9, bytes(16))))
write(bad("wrong_extents.mat", "bytes for extents"), header("<") + matrix("<", b"H", 6, 0, [100000, 1000, 10], element("<", 9, bytes(16))))
write(bad("bomb.mat", "1032 times as many"), header("<") + compressed("<", struct.pack("<II", 14, 0x7FFFFFFF) + bytes(64)))
claim = bytearray(matrix("<", b"H", 6, 0, [100, 1, 10], struct.pack("<II", 9, 8000) + bytes(16)))
claim[4:8] = struct.pack("<I", len(claim) - 8 + 8000 - 16)
write(bad("claim.mat", "7984 more bytes of the array"), header("<") + compressed("<", bytes(claim)))
octave_v7 = open("octave_v7.mat", "rb").read()
first = 136 + struct.unpack("<I", octave_v7[132:136])[0]
write(bad("wrong_adler.mat", "no deflate stream"), octave_v7[: first - 1] + bytes([octave_v7[first - 1] ^ 1]) + octave_v7[first:])
write(bad("truncated.mat", "that the file has left"), octave_v7[: first - 9])
write(bad("v73.mat", "version 7.3"), header("<", 0x0200, b"MATLAB 7.3 MAT-file, Platform: GLNXA64 HDF5 schema 1.00 .").ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n" + bytes(88))
write(bad("hdf5.mat", "an HDF5 file"), b"\x89HDF\r\n\x1a\n" + bytes(120))


# .csv
def lines(names, array):
    return [names + ",re,im"] + [",".join(map(str, (*index, float(v.real), float(v.imag)))) for index, v in np.ndenumerate(array)]


four = lines("realization,user,accessPoint,antenna", h(2, 3, 2, 4, dtype="c16"))
two = lines("user,antenna", h(2, 3, dtype="c16"))
write(good("four_axes.csv", 2, 3, 2, 4), "\n".join(['# {"seed":1}', *four, ""]).encode())
write(good("spreadsheet.csv", 1, 2, 1, 3), "\r\n".join(["\ufeff" + two[0], *reversed(two[1:]), ""]).encode())
write(good("rows.csv", 1, 2, 2, 2, 3), "\n".join(lines("user,accessPoint,userAntenna,antenna", h(2, 2, 2, 3, dtype="c16"))).encode())
write(bad("semicolons.csv", "line 1, column 1"), "\n".join(two).replace(",", ";").encode())
write(bad("missing_line.csv", "line 6, column 1"), "\n".join(two[:-1]).encode())
write(bad("twice.csv", "line 7, column 1"), "\n".join([*two[:-1], two[1]]).encode())
write(bad("nan.csv", "line 4, column 5"), "\n".join(two).replace("0.375", "nan").encode())
write(bad("huge_index.csv", "for every combination"), "\n".join([*two, "2000000000,2000000000,1,1"]).encode())
write(bad("utf16.csv", "line 1, column 1"), "\n".join(two).encode("utf-16"))

with open("expected.tsv", "w") as file:
    file.writelines(f"{name}\t{value}\n" for name, value in sorted(expected.items()))
