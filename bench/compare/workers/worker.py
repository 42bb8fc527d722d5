"""A worker around libraries for Python. It takes commands as worker.go describes."""

import importlib.metadata
import logging
import sys
import time
import zlib


def presidio():
    """All pattern recognisers for English, each asked by itself: no model, no context words, which cost more."""
    logging.disable(logging.CRITICAL)
    from presidio_analyzer import PatternRecognizer, RecognizerRegistry

    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    recognizers = [r for r in registry.recognizers if isinstance(r, PatternRecognizer)]

    def run(text):
        n = total = 0
        for r in recognizers:
            for f in r.analyze(text, r.supported_entities, None):
                n += 1
                total += f.start + f.end
        return n, total

    return f"{importlib.metadata.version('presidio-analyzer')}, {len(recognizers)} pattern recognisers", run


def cpex():
    from cpex_pii_filter import PIIDetectorRust

    detector = PIIDetectorRust({"max_text_bytes": 100 << 20})

    def run(text):
        found = detector.detect(text)
        if not found:
            return 0, len(text)
        masked = detector.mask(text, found)
        return sum(map(len, found.values())), zlib.crc32(masked.encode())

    return importlib.metadata.version("cpex-pii-filter"), run


def datafog(backend):
    import datafog

    def run(text):
        r = datafog.redact(text, engine="regex", backend=backend)
        return len(r.mapping or ()) if r.redacted_text == text else 1, zlib.crc32(r.redacted_text.encode())

    return f"{importlib.metadata.version('datafog')}, {backend}", run


def main():
    name, _, form = sys.argv[1].partition(" ")
    version, run = {"presidio": presidio, "cpex": cpex, "datafog": datafog}[name](*([form] if form else []))
    print("ready", version, flush=True)
    messages, sizes, at = [], [], 0
    for line in sys.stdin:
        command = line.split()
        if command[0] == "load":
            with open(command[1], "rb") as f:
                lines = f.read().splitlines()
            messages, sizes, at = [m.decode() for m in lines], [len(m) for m in lines], 0
            print("ok", len(messages), flush=True)
            continue
        least, most = int(command[1]) * 1_000_000, int(command[2]) * 1_000_000
        begin = time.process_time_ns()
        size = results = total = 0
        while True:
            n, s = run(messages[at])
            results += n
            total = (total * 31 + s) & 0xFFFFFFFFFFFFFFFF
            size += sizes[at]
            at = (at + 1) % len(messages)
            spent = time.process_time_ns() - begin
            if spent >= most or at == 0 and spent >= least:
                break
        print("ok", spent, size, results, f"{total:x}", flush=True)


main()
