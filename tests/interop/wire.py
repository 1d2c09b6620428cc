"""Questions to the peer, and named checks that count."""
import struct
import subprocess

OK, NO_MATCH, CHANGED = 0, 3, 6
SYNTAX, LIMIT, DUPLICATE, RANGE, TRUNCATED, SIGNATURE, STALE = -3, -4, -5, -6, -7, -8, -9


def field(value):
    """A field is text, bytes, or an integer of 8 bytes."""
    if isinstance(value, int):
        value = struct.pack('<Q', value % 2**64)
    elif isinstance(value, str):
        value = value.encode()
    return struct.pack('<I', len(value)) + value


def ask(peer, questions):
    """One process answers all questions, none is missing; an answer is (status, offset, bytes)."""
    asked = b''.join(bytes([ord(letter), len(fields)]) + b''.join(map(field, fields))
                     for letter, *fields in questions)
    out = subprocess.run([peer], input=asked, stdout=subprocess.PIPE, check=True).stdout
    answers, at = [], 0
    while at < len(out):
        status, offset, length = struct.unpack_from('<iII', out, at)
        answers.append((status, offset, out[at + 12:at + 12 + length]))
        at += 12 + length
    if len(answers) != len(questions):
        raise RuntimeError(f'{len(questions)} questions, {len(answers)} answers')
    return answers


class Checks:
    """A check is a function of same(wanted, got, about), which it calls at least so often; one
    difference fails it."""

    def __init__(self, who):
        self.who, self.passed, self.failed = who, 0, 0

    def check(self, name, least, fn):
        cases = faults = 0

        def same(wanted, got, about):
            nonlocal cases, faults
            cases += 1
            if wanted == got:
                return True
            faults += 1
            if faults <= 5:
                print(f'{self.who}: {name}: wanted {wanted!r:.300}, got {got!r:.300}, '
                      f'about {about!r:.300}')
            return False

        try:
            fn(same)
        except Exception as e:  # a check that breaks off has failed, and the next one still runs
            faults += 1
            print(f'{self.who}: {name}: {type(e).__name__}: {e}')
        if cases < least:
            faults += 1
            print(f'{self.who}: {name}: {cases} cases, {least} were wanted')
        self.failed += faults > 0
        self.passed += faults == 0
        print(f'{"FAILED" if faults else "ok"} {self.who}: {name} ({cases})')

    def end(self):
        print(f'{self.passed} passed, {self.failed} failed')
        return 1 if self.failed else 0
