"""Our JOSE suite against PyPI `joserfc`, message by message, both ways, whole and changed. Closes with `N passed, N failed`.

COUNTERSIGN_JOSE names the filter (core/examples/jose_lines.rs); COUNTERSIGN_MESSAGES says how many messages each way.
"""

import base64
import json
import os
import secrets
import subprocess
import sys

from joserfc import jwe, jws
from joserfc.jwk import ECKey

TYP = "adp-request+jwt"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SIGNED = jws.JWSRegistry(algorithms=["ES256"])
SEALED = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
SIGNED.max_payload_length = SIGNED.max_header_length = SIGNED.max_signature_length = 1 << 20
SEALED.max_ciphertext_length = 1 << 20


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Filter:
    """Our suite as a process: one line in, one line out."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def ask(self, **asked):
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def told(job):
    """What the peer says: the text, or that it refuses."""
    try:
        return {"ok": job()}
    except Exception:  # whatever a library raises for a message that it does not take
        return {"error": "refused"}


class Keys:
    """A new pair of keys, as both sides take it."""

    def __init__(self, ours):
        self.key = ECKey.generate_key("P-256")
        private = self.key.as_dict(private=True)
        self.scalar = encoded(decoded(private["d"]).rjust(32, b"\0"))
        named = ours.ask(op="keys", scalar=self.scalar)["ok"]
        self.jwk, self.thumbprint = named["jwk"], named["thumbprint"]
        assert self.thumbprint == self.key.thumbprint(), "two thumbprints for one key"

    def verify(self, text):
        return told(lambda: json.loads(jws.deserialize_compact(text, self.key, registry=SIGNED).payload))

    def open(self, text):
        return told(lambda: jwe.decrypt_compact(text, self.key, registry=SEALED).plaintext.decode())


def letter():
    ranges = [(32, 127), (0xA0, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF)]
    low, high = secrets.choice(ranges)
    return chr(low + secrets.randbelow(high - low))


def words():
    return "".join(letter() for _ in range(secrets.randbelow(12)))


def claims(depth=0):
    """Claims of every kind that JSON has, whole numbers only, with text from all planes."""
    kinds = [words, lambda: secrets.randbelow(2**40), lambda: -secrets.randbelow(2**31), lambda: secrets.randbelow(2) == 1]
    kinds.append(lambda: [words() for _ in range(secrets.randbelow(4))])
    if depth < 2:
        kinds.append(lambda: claims(depth + 1))
    return {f"{at}{words()}": secrets.choice(kinds)() for at in range(1 + secrets.randbelow(7))}


def lowered(text):
    """The same signature with the lower of its two s."""
    start, _, end = text.rpartition(".")
    signature = decoded(end)
    s = int.from_bytes(signature[32:], "big")
    if s <= ORDER // 2:
        return text
    return f"{start}.{encoded(signature[:32] + (ORDER - s).to_bytes(32, 'big'))}"


def flipped(text):
    """One bit of one part that is not empty, changed in its bytes, so that it is strict base64url still."""
    parts = text.split(".")
    at = secrets.choice([at for at, part in enumerate(parts) if part])
    data = bytearray(decoded(parts[at]))
    data[secrets.randbelow(len(data))] ^= 1 << secrets.randbelow(8)
    parts[at] = encoded(bytes(data))
    return ".".join(parts)


def with_header(text, change):
    header, rest = text.split(".", 1)
    return f"{encoded(change(json.loads(decoded(header))).encode())}.{rest}"


def ending(text, data):
    return f"{text.rpartition('.')[0]}.{encoded(data)}"


def width(text):
    return 64 if text.count(".") == 2 else 16


# Changes, and whether another library may take what we do not: those that leave every signed byte as it was, since a reader of
# base64 that is lenient reads the same bytes.
CHANGES = [
    ("one bit", False, flipped),
    ("one bit", False, flipped),
    ("one bit", False, flipped),
    ("padding", True, lambda text: text + "="),
    ("a character that is no base64url", True, lambda text: f"{text[:-4]}\n{text[-4:]}"),
    ("unused bits", True, lambda text: text[:-1] + ALPHABET[ALPHABET.index(text[-1]) ^ 1]),
    ("another part", False, lambda text: text + "."),
    ("a part less", False, lambda text: text.rpartition(".")[0]),
    ("nothing at the end", False, lambda text: ending(text, b"")),
    ("alg none", False, lambda text: with_header(text, lambda header: json.dumps(header | {"alg": "none"}))),
    ("another alg", False, lambda text: with_header(text, lambda header: json.dumps(header | {"alg": "HS256"}))),
    ("a member more", False, lambda text: with_header(text, lambda header: json.dumps(header | {"x": 1}))),
    ("a member twice", False, lambda text: with_header(text, lambda header: json.dumps(header).replace("{", '{"kid":"x",', 1))),
    ("zeros for the end", False, lambda text: ending(text, bytes(width(text)))),
    ("anything for the end", False, lambda text: ending(text, secrets.token_bytes(width(text)))),
]


class Tally:
    def __init__(self):
        # Each kind of check is a test, however many messages it saw.
        self.checks, self.failures = set(), []
        self.counts = {"signed": 0, "sealed": 0, "high": 0, "changed": 0, "different": 0}

    def holds(self, name, truth, detail):
        self.checks.add(name)
        if truth:
            return
        self.failures.append(name)
        if len(self.failures) <= 20:
            print(f"FAILED {name}: {json.dumps(detail)}")

    def agreed(self, name, expected, said):
        self.holds(name, said == expected, {"expected": expected, "told": said})

    def compare(self, name, may_differ, text, ours, theirs):
        self.counts["changed"] += 1
        self.counts["different"] += "ok" in theirs
        self.holds(f"changed ({name}) is refused here", "error" in ours, {"text": text, "ours": ours})
        self.holds(f"changed ({name}) is refused there", "error" in theirs or may_differ, {"text": text, "theirs": theirs})


def main():
    ours, tally = Filter(os.environ["COUNTERSIGN_JOSE"]), Tally()
    keys = Keys(ours)
    for at in range(int(os.environ.get("COUNTERSIGN_MESSAGES", "500"))):
        if at % 100 == 99:
            keys = Keys(ours)
        said = claims()

        # Ours to theirs.
        signed = ours.ask(op="sign", scalar=keys.scalar, typ=TYP, claims=said)["ok"]
        tally.agreed("our JWS at the peer", {"ok": said}, keys.verify(signed))
        sealed = ours.ask(op="seal", jwk=keys.jwk, text=signed)["ok"]
        tally.agreed("our JWE at the peer", {"ok": signed}, keys.open(sealed))

        # Theirs to ours. ECDSA gives an upper s every second time, which we refuse; with the lower one it is the same signature.
        header = {"alg": "ES256", "kid": keys.thumbprint, "typ": TYP}
        theirs = jws.serialize_compact(header, json.dumps(said, ensure_ascii=secrets.randbelow(2) == 1), keys.key, registry=SIGNED)
        low = lowered(theirs)
        if low != theirs:
            tally.counts["high"] += 1
            refused = ours.ask(op="verify", jwk=keys.jwk, typ=TYP, jws=theirs)
            tally.agreed("an upper s is refused by us", {"error": "signature"}, refused)
        tally.agreed("the peer's JWS here", {"ok": said}, ours.ask(op="verify", jwk=keys.jwk, typ=TYP, jws=low))
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "typ": "adp-sealed", "cty": "JWT", "kid": keys.thumbprint}
        public = ECKey.import_key(keys.jwk)
        arrived = jwe.encrypt_compact(header, low, public, registry=SEALED)
        tally.agreed("the peer's JWE here", {"ok": low}, ours.ask(op="open", scalar=keys.scalar, jwe=arrived))
        tally.counts["signed"] += 2
        tally.counts["sealed"] += 2

        # Changed on the way: both refuse, or it is one of the written differences.
        for text in (signed, low):
            name, may_differ, change = secrets.choice(CHANGES)
            changed = change(text)
            here = ours.ask(op="verify", jwk=keys.jwk, typ=TYP, jws=changed)
            tally.compare(name, may_differ, changed, here, keys.verify(changed))
        for text in (sealed, arrived):
            name, may_differ, change = secrets.choice(CHANGES)
            changed = change(text)
            here = ours.ask(op="open", scalar=keys.scalar, jwe=changed)
            tally.compare(name, may_differ, changed, here, keys.open(changed))
    ours.process.stdin.close()
    print("DIFFERENTIAL " + json.dumps({"peer": "PyPI joserfc", **tally.counts, "disagreements": len(tally.failures)}))
    failed = len(set(tally.failures))
    print(f"{len(tally.checks) - failed} passed, {failed} failed")
    sys.exit(1 if tally.failures else 0)


main()
