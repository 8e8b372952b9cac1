#!/usr/bin/python3
"""kwin-screen.py screenshot NAME: what KWin shows, as $PRIME_DIR/NAME.png. In the place of vmhost,
which does the rest: the host sees nothing of an output that is virtual."""
import json
import os
import struct
import subprocess
import sys
import zlib

if sys.argv[1] != "screenshot":
    os.execv("/prime/out/bin/vmhost", ["vmhost"] + sys.argv[1:])

with open("/tmp/kwin-screen", "w+b") as raw:
    os.set_inheritable(raw.fileno(), True)
    answer = subprocess.run(
        ["busctl", "--user", "-j", "call", "org.kde.KWin", "/org/kde/KWin/ScreenShot2",
         "org.kde.KWin.ScreenShot2", "CaptureWorkspace", "a{sv}h", "0", str(raw.fileno())],
        close_fds=False, check=True, stdout=subprocess.PIPE).stdout
    image = {key: value["data"] for key, value in json.loads(answer)["data"][0].items()}
    width, height, stride = image["width"], image["height"], image["stride"]
    while os.fstat(raw.fileno()).st_size < height * stride:
        pass  # another thread of KWin writes it
    raw.seek(0)
    pixels = raw.read()

rows = bytearray()
for y in range(height):
    row = pixels[y * stride:y * stride + 4 * width]
    line = bytearray(3 * width)
    # QImage::Format_RGB32 and its two relatives are blue first
    first, last = (2, 0) if image["format"] in (4, 5, 6) else (0, 2)
    line[0::3], line[1::3], line[2::3] = row[first::4], row[1::4], row[last::4]
    rows += b"\0" + line


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


with open(f"{os.environ['PRIME_DIR']}/{sys.argv[2]}.png", "wb") as png:
    png.write(b"\x89PNG\r\n\x1a\n")
    png.write(chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
    png.write(chunk(b"IDAT", zlib.compress(bytes(rows), 1)) + chunk(b"IEND", b""))
